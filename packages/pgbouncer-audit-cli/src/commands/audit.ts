import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Option } from 'commander';
import type { AuditOptions } from '../audit.ts';
import type { AuditResult } from '../result.ts';
import { UsageError } from '../errors.ts';
import type { Terminal } from '../terminal.ts';
import { ratchetExitCode } from '../ratchet-exit-code.ts';
import { toolName } from '../tool.ts';
import type { FailOn } from '../verdict.ts';
import type { AddCommand, ExitCode } from './command.ts';
import { addRatchetOptions, checkRatchetFlags, type RatchetFlags } from './ratchet-options.ts';
import { addReportOptions, destinationsOf, type ReportFlags } from './report-options.ts';

interface AuditFlags extends ReportFlags, RatchetFlags {
  readonly config?: string;
  readonly pgbouncerIni?: string;
  readonly includeTests?: true;
  readonly failOn: FailOn;
  readonly cache?: true;
  readonly cacheLocation?: string;
  readonly fix?: true;
  readonly dryRun?: true;
  readonly explain?: string;
  readonly printConfig?: true;
}

/** The name of the command that runs where none is named. */
export const defaultCommand = 'audit';

export const addAudit: AddCommand = (program, { terminal, end }) => {
  const command = program
    .command(defaultCommand, { isDefault: true })
    .description('audit the files and folders of one repository; this is what runs where no command is named')
    .argument('[paths...]', 'files and folders of one repository; the current folder by default')
    .option('-c, --config <file>', 'configuration file; by default the nearest pgbouncer-audit.config.{json,js,mjs,ts}')
    .option('--pgbouncer-ini <file>', 'read the pooler from this file instead of searching for one')
    .option('--include-tests', 'examine tests, too')
    .addOption(
      new Option('--fail-on <severity>', 'least severity of a finding that makes the exit code 1')
        .choices(['error', 'warning', 'info', 'never'])
        .default('error'),
    );
  addReportOptions(addRatchetOptions(command))
    .option('--cache', 'give back the last result where everything that it rests on is unchanged')
    .option('--cache-location <folder>', 'where it is kept; by default node_modules/.cache/pgbouncer-audit')
    .option('--fix', 'apply the edits that keep what the code means on a direct connection, then audit again')
    .option('--dry-run', 'with --fix: print what it would change, and change nothing')
    .option('--explain <hazard>', 'describe a hazard and end')
    .option('--print-config', 'print the settings that would be used, with where each comes from, and end')
    .action(async (paths: readonly string[], flags: AuditFlags) => end(await execute(paths, flags, terminal)));
};

async function execute(given: readonly string[], flags: AuditFlags, terminal: Terminal): Promise<ExitCode> {
  if (flags.explain !== undefined) {
    const { explainHazard } = await import('../explain.ts');
    await terminal.stdout.write(explainHazard(flags.explain));
    return 0;
  }
  checkRatchetFlags(flags);
  if (flags.dryRun && !flags.fix) throw new UsageError('`--dry-run` says what `--fix` would change: give both.');
  if (flags.fix && flags.staged) {
    throw new UsageError('`--fix` changes files, and `--staged` judges what is staged of them: fix first, then stage.');
  }
  const destinations = destinationsOf(flags, terminal);
  const paths = given.length > 0 ? given : ['.'];
  const { loadConfig } = await import('../load-config.ts');
  const { repositoryRoot } = await import('../discover/repository-root.ts');
  const start = startFolder(terminal.cwd, paths[0]!);
  const root = repositoryRoot(start);
  const config = await loadConfig(terminal.cwd, flags.config, start, root);
  const asked = flags.since !== undefined || flags.staged ? (await import('./changes-of.ts')).changesOf(root, flags) : undefined;
  // What judges is loaded while git answers.
  if (asked && !usesCache(flags)) await Promise.all([asked, (await import('../load-audit.ts')).loadAudit()]);
  const changes = await asked;

  const progress = progressLine(terminal);
  const options: AuditOptions & { root: string; today: string } = {
    paths: flags.printConfig ? [] : paths,
    cwd: terminal.cwd,
    root,
    today: today(terminal.env),
    settings: config.settings,
    ...(config.folder !== undefined && { settingsFolder: config.folder }),
    ...(flags.includeTests && { includeTests: true }),
    ...(flags.pgbouncerIni !== undefined && { pgbouncerIni: flags.pgbouncerIni }),
    ...changes?.auditOptions,
    statements: flags.cache === true || destinations.some(({ format }) => format === 'json'),
    ...(progress && { onProgress: progress.update }),
  };
  const runAudit = async (): Promise<AuditResult> => {
    if (!usesCache(flags)) return (await (await import('../load-audit.ts')).loadAudit()).audit(options);
    const { cachedAudit } = await import('../cache/result-cache.ts');
    const outputs = [
      ...destinations.flatMap(({ file }) => file?.path ?? []),
      ...(flags.baseline !== undefined ? [resolve(terminal.cwd, flags.baseline)] : []),
    ];
    return cachedAudit(options, {
      outputs,
      ...(flags.cacheLocation !== undefined && { folder: resolve(terminal.cwd, flags.cacheLocation) }),
    });
  };
  let audited = await runAudit();
  await progress?.clear();
  if (flags.printConfig) {
    const { profile, poolers, notes } = audited.discovery;
    await terminal.stdout.write(
      `${JSON.stringify({ config: config.path ?? null, settings: config.settings ?? {}, profile, poolers, notes }, undefined, 2)}\n`,
    );
    return 0;
  }

  const fixed: string[] = [];
  if (flags.fix) {
    const { fixedFiles, patchOf, writeFixes } = await import('../fix.ts');
    const files = fixedFiles(root, audited);
    if (flags.dryRun) {
      await terminal.stdout.write(patchOf(files));
      return 0;
    }
    writeFixes(root, files);
    if (files.length > 0) audited = await runAudit();
    await progress?.clear();
    const count = files.reduce((sum, { fixes }) => sum + fixes, 0);
    fixed.push(`${count} findings fixed in ${files.length} files.`);
  }
  const { result: compared, remarks: written } =
    flags.baseline === undefined
      ? { result: audited, remarks: [] }
      : (await import('./with-baseline.ts')).withBaseline(audited, { root, paths, cwd: terminal.cwd, flags });
  const result = changes ? changes.within(compared) : compared;
  const { writeReports } = await import('./write-reports.ts');
  await writeReports(result, destinations, flags, terminal);
  const { code, remarks } = ratchetExitCode(result, flags);
  for (const remark of [...fixed, ...written, ...remarks]) await terminal.stderr.write(`${toolName}: ${remark}\n`);
  return code;
}

/** What is staged is read from git's own store, which is no slower. */
function usesCache({ cache, staged, printConfig }: AuditFlags): boolean {
  return cache === true && !staged && !printConfig;
}

/** The day by which suppressions end, in UTC. `SOURCE_DATE_EPOCH` fixes it where a report has to be made again as it was. */
function today(env: Terminal['env']): string {
  const epoch = env['SOURCE_DATE_EPOCH'];
  const time = epoch !== undefined && /^\d{1,12}$/.test(epoch) ? Number(epoch) * 1000 : Date.now();
  return new Date(time).toISOString().slice(0, 10);
}

function startFolder(cwd: string, path: string): string {
  const absolute = resolve(cwd, path);
  if (!existsSync(absolute)) throw new UsageError(`\`${path}\` does not exist. Give files or folders of the repository to audit.`);
  const real = realpathSync(absolute);
  return statSync(real).isDirectory() ? real : dirname(real);
}

/** One line that overwrites itself, on a terminal only. */
function progressLine({ stderr }: Terminal) {
  if (!stderr.isTTY) return undefined;
  let shown = 0;
  return {
    update({ done, total }: { done: number; total: number }): void {
      const now = Date.now();
      if (now - shown < 100) return;
      shown = now;
      void stderr.write(`\r\u001B[2K${done}/${total} files`);
    },
    clear: () => stderr.write('\r\u001B[2K'),
  };
}
