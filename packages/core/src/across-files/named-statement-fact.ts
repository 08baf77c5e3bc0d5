import type { Confidence, Evidence } from '../finding.ts';
import { confidenceOf, sendsItsName } from '../hazards/kit.ts';
import type { Place } from '../place.ts';
import type { Handle, NamedStatementSite, Site } from '../sites/site.ts';

/** A prepared statement with a constant name, as far as other files have to know it. */
export interface NamedStatementFact extends Place {
  readonly name: string;
  readonly by: NamedStatementSite['by'];
  /** What it runs: SQL, or the code that builds it. */
  readonly statement: string;
  /** Of a query that is built: what it does to which table. */
  readonly subject?: string;
  /** How sure it is that it is sent to PostgreSQL. */
  readonly confidence: Confidence;
  readonly evidence: readonly Evidence[];
  /** The client at the bottom of the handle, where the code shows which one it is. */
  readonly client?: string;
  /** Where its connection string comes from. */
  readonly urlSource?: string;
}

/** The named statements of a file that may share a server connection with those of others. */
export function namedStatementFacts(sites: readonly Site[], file: string): NamedStatementFact[] {
  return sites.flatMap((site) => {
    if (!sendsItsName(site) || site.name === undefined || site.statement === undefined) return [];
    const client = bottomOf(site.handle);
    const { urlSource } = client.options ?? {};
    return [
      {
        file,
        range: site.range,
        name: site.name,
        by: site.by,
        statement: site.statement,
        ...(site.subject !== undefined && { subject: site.subject }),
        confidence: confidenceOf(site),
        evidence: site.handle.evidence,
        ...(client.root !== undefined && isKnown(client) && { client: client.root }),
        ...(urlSource !== undefined && { urlSource }),
      },
    ];
  });
}

/** Drizzle's pool, the pool that a client was checked out of: what holds the connections. */
function bottomOf(handle: Handle): Handle {
  return handle.underlying ? bottomOf(handle.underlying) : handle;
}

/** Of what was passed in, or only resembles a client, another root does not mean another client. */
function isKnown({ passedIn, driver, confidence, options }: Handle): boolean {
  return !passedIn && driver !== 'unknown' && (confidence === 'certain' || options !== undefined);
}
