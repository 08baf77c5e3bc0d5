import { type Confidence, confidences, type Finding, weaker } from '../finding.ts';
import { noUnstableStatementName as hazard } from '../hazards/no-unstable-statement-name.ts';
import { namedStatements } from '../pooler/capabilities.ts';
import type { Setup } from '../setup.ts';
import { isOneOff } from '../sites/request-handler.ts';
import type { NamedStatementFact } from './named-statement-fact.ts';

export interface StatementNamesOptions {
  readonly setup: Setup;
  /** Whether two files belong to one program, so that a client that both import has one set of connections. */
  readonly isOneProgram: (one: string, other: string) => boolean;
}

/**
 * Finds names of prepared statements that stand for another text in another file, on clients that may share a connection: of one client
 * node-postgres refuses the second text, and of two whose pooler does not keep names apart one gets the result of the other's
 * (`fixtures/hazards/no-unstable-statement-name/proof.ts`, `no-named-prepared-statement/proof.ts`).
 *
 * @param facts of all files that were analysed, in the order of the files
 */
export function statementNamesAcrossFiles(facts: readonly NamedStatementFact[], options: StatementNamesOptions): Finding[] {
  const byName = new Map<string, NamedStatementFact[]>();
  for (const fact of facts) byName.set(fact.name, [...(byName.get(fact.name) ?? []), fact]);
  return [...byName.values()].flatMap((group) => group.flatMap((fact) => surest(fact, group, options) ?? []));
}

/** The finding about a statement and the one of the others that it clashes with most surely. */
function surest(fact: NamedStatementFact, group: readonly NamedStatementFact[], options: StatementNamesOptions): Finding | undefined {
  let best: { readonly other: NamedStatementFact; readonly confidence: Confidence } | undefined;
  for (const other of group) {
    if (other.file === fact.file || isSame(fact, other)) continue;
    const confidence = clash(fact, other, options);
    if (confidence && (!best || confidences.indexOf(confidence) > confidences.indexOf(best.confidence))) best = { other, confidence };
  }
  return best && findingOf(fact, best.other, best.confidence);
}

/** The same text; names of what stands in holes may differ. */
function isSame(one: NamedStatementFact, other: NamedStatementFact): boolean {
  if (one.by !== other.by) return false;
  const skeleton = ({ statement }: NamedStatementFact) => statement.replaceAll(/\$\{[^}]*\}/g, '$').replace(/[;\s]+$/, '');
  return skeleton(one) === skeleton(other);
}

/** How sure it is that two statements of one name and two texts meet on a connection; `undefined` where they do not. */
function clash(one: NamedStatementFact, other: NamedStatementFact, { setup, isOneProgram }: StatementNamesOptions): Confidence | undefined {
  const sent = weaker(weaker(one.confidence, other.confidence), 'likely');
  // Two ways to write one query may build the same SQL; what they do to which table may not.
  const differ: Confidence = one.subject === undefined || one.subject === other.subject ? (isText(one, other) ? sent : 'possible') : sent;
  if (one.client === undefined || other.client === undefined) return 'possible';
  const together = isOneProgram(one.file, other.file) && !isOneOff(one.file) && !isOneOff(other.file);
  if (one.client === other.client) return together ? differ : shared(differ, setup);
  // Connections to different databases are never shared; what tells them apart is where their connection strings come from.
  return one.urlSource !== undefined && one.urlSource === other.urlSource ? shared(differ, setup) : undefined;
}

/** Clients of their own meet on a server connection only where the pooler does not keep their names apart. */
function shared(confidence: Confidence, { profile }: Setup): Confidence | undefined {
  const support = namedStatements(profile);
  if (!support.supported) return weaker(confidence, support.confidence);
  return support.dependsOn ? 'possible' : undefined;
}

function isText(...facts: readonly NamedStatementFact[]): boolean {
  return facts.every(({ by }) => by === 'pg name');
}

function findingOf(fact: NamedStatementFact, other: NamedStatementFact, confidence: Confidence): Finding {
  const data = { name: fact.name, where: `in ${other.file}` };
  return {
    hazard: hazard.id,
    file: fact.file,
    range: fact.range,
    messageId: 'twice',
    data,
    message: hazard.messages['twice']!.replaceAll(/\{\{(\w+)\}\}/g, (_, key: keyof typeof data) => data[key]),
    severity: hazard.severity,
    confidence,
    evidence: [{ text: `\`${fact.name}\` stands for another text`, place: { file: other.file, range: other.range } }, ...fact.evidence],
    suggestions: [],
  };
}
