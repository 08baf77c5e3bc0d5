import { Chalk } from 'chalk';
import { printable } from '../report/printable.ts';
import type { DepsResult, PackageVerdict } from './deps-result.ts';

const labels: Readonly<Record<PackageVerdict['verdict'], string>> = {
  direct: 'needs a direct connection',
  check: 'has SQL that a pooler breaks, where it is used',
  unread: 'cannot be read',
  fine: 'nothing found',
};

/** How many reasons of a package are listed. */
const maxListed = 6;

/** For people: each package with why, those that need a direct connection first. */
export function renderDeps({ packages, notes }: DepsResult, color: boolean): string {
  const c = new Chalk({ level: color ? 1 : 0 });
  const paint = { direct: c.red, check: c.yellow, unread: c.yellow, fine: c.green };
  const direct = packages.filter(({ verdict }) => verdict === 'direct').length;
  const lines = [
    `${packages.length} ${packages.length === 1 ? 'package talks' : 'packages talk'} to PostgreSQL; ${direct} ${direct === 1 ? 'needs' : 'need'} a direct connection.`,
    ...notes,
    ...packages.flatMap(({ name, version, verdict, because, reasons, files }) => [
      '',
      `${c.bold(`${name} ${version}`)}  ${paint[verdict](labels[verdict])}  ${c.dim(`(${because}; ${files.read} files read${files.leftOut > 0 ? `, ${files.leftOut} left out` : ''})`)}`,
      ...reasons
        .slice(0, maxListed)
        .flatMap(({ hazard, file, line, statement }) => [`  ${hazard}  ${c.dim(`${file}:${line}`)}`, `    ${statement}`]),
      ...(reasons.length > maxListed ? [c.dim(`  and ${reasons.length - maxListed} more (--format json lists all)`)] : []),
    ]),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}
