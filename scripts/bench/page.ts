import { isMet, type Results, type ScenarioResult, valueOf } from './results.ts';

/** The tables of docs/speed.md: what a run of the benchmark gave. */
export function tables({ day, machine, scenarios }: Results): string {
  return [`Measured on ${day}: ${machine}.`, ...scenarios.map(section)].join('\n\n');
}

function section(result: ScenarioResult): string {
  const rows = Object.entries(result.measured).map(([name, { runs, wall, cpu, memory }]) => [
    name,
    `${seconds(wall.median)} (${seconds(wall.least)}–${seconds(wall.most)})`,
    seconds(cpu.median),
    `${memory} MB`,
    String(runs),
  ]);
  const ratios = result.ratios.map((ratio) => {
    const { target } = ratio;
    const met = isMet(ratio, result);
    const meant = !target ? '' : 'atMost' in target ? `at most ${target.atMost}` : `at least ${target.atLeast}`;
    return [`${ratio.of} ÷ ${ratio.to}`, rounded(valueOf(ratio, result)), meant, met === undefined ? '' : met ? 'yes' : '**no**'];
  });
  return [
    `### ${result.title}`,
    `${result.on}.`,
    table(['', 'wall, median (spread)', 'CPU', 'peak memory', 'runs'], rows),
    table(['ratio', 'measured', 'target', 'met'], ratios),
  ].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}

function rounded(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0);
}
