import type { AddCommand } from './command.ts';
import { addReportOptions, destinationsOf, type ReportFlags } from './report-options.ts';

export const addReport: AddCommand = (program, { terminal }) => {
  const command = program
    .command('report')
    .description('make reports of a result that was saved with --format json, without auditing again')
    .argument('<result>', 'the JSON file')
    .action(async (file: string, flags: ReportFlags) => {
      const destinations = destinationsOf(flags, terminal);
      const { readResult } = await import('../read-result.ts');
      const { writeReports } = await import('./write-reports.ts');
      await writeReports(readResult(terminal.cwd, file), destinations, flags, terminal);
    });
  addReportOptions(command);
};
