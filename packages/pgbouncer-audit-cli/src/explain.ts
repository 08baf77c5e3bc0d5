import { existsSync, readFileSync } from 'node:fs';
import { hazards, type Failure, type Hazard } from '@pgbouncer-audit/core';
import type { Check } from './checks/check.ts';
import { checks } from './checks/index.ts';
import { UsageError } from './errors.ts';

const failures: Readonly<Record<Failure, string>> = {
  leak: 'state of one client reaches another',
  silent: 'no error, and a wrong result',
  error: 'an error at run time',
  hang: 'waits for ever, or until a time-out',
  exhaustion: 'server connections run out',
  performance: 'slower than it needs to be',
};

/** Where the pages of the hazards and of the checks are: in the published package, or in the repository. */
const docs: readonly URL[] = ['hazards', 'configuration-checks'].flatMap((folder) =>
  [`../docs/${folder}/`, `../../../docs/${folder}/`].map((path) => new URL(path, import.meta.url)),
);

/** Everything that a finding may name. */
const explained = [...hazards, ...checks];

/**
 * What a hazard is, from its documentation page where there is one.
 *
 * @param id a hazard's id (`no-session-set`) or a number of the taxonomy (`01`)
 * @throws UsageError when there is no such hazard, naming those that resemble it
 */
export function explainHazard(id: string): string {
  const hazard = explained.find((each) => each.id === id) ?? explained.find((each) => each.taxonomy.includes(id));
  if (!hazard) {
    const words = id.toLowerCase().split('-');
    const near = explained.filter((each) => words.some((word) => word.length > 3 && each.id.includes(word)));
    const list = (near.length > 0 ? near : explained).map((each) => `  ${each.id}`);
    throw new UsageError(`\`${id}\` is not a hazard. ${near.length > 0 ? 'Did you mean one of' : 'The hazards are'}:\n${list.join('\n')}`);
  }
  const page = docs.map((folder) => new URL(`${hazard.id}.md`, folder)).find((url) => existsSync(url));
  // Comments are for those who write the page.
  return page ? readFileSync(page, 'utf8').replace(/<!--[^]*?-->\n*/g, '') : describe(hazard);
}

function describe({
  id,
  title,
  taxonomy,
  failure,
  severity,
  messages,
}: Pick<Hazard, Exclude<keyof Hazard & keyof Check, 'judge'>>): string {
  return [
    `${id}: ${title}.`,
    '',
    `Severity: ${severity}. When it strikes: ${failures[failure]}. Taxonomy: ${taxonomy.join(', ') || 'none'}.`,
    '',
    ...Object.values(messages).map((message) => `- ${message}`),
    '',
  ].join('\n');
}
