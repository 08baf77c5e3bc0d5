import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import type { Handle, Site } from '../sites/site.ts';

export const noParallelTxQueries = defineHazard({
  id: 'no-parallel-tx-queries',
  taxonomy: ['53'],
  family: 'transactions',
  title: 'Disallow starting several queries of one transaction at once',
  failure: 'silent',
  severity: 'warning',
  preset: 'strict',
  messages: {
    queued:
      '`{{starter}}` over one transaction: its one connection runs the queries one after another, and when one part fails the others go on, after ROLLBACK too. Await them one by one.',
    pipelined:
      '`{{starter}}` over one transaction: its one connection runs the queries one after another, and Supavisor mixes up the answers of queries that are sent ahead. Await them one by one.',
    savepoints:
      '`{{starter}}` over savepoints of one transaction: they share one connection, and the rollback of one undoes the others as well. Await them one by one.',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site, { profile }, sites) {
    const { parallel } = site;
    if (!parallel || site.context.state !== 'in' || !isSent(site)) return;
    if (!parallel.repeated && !sites.some((other) => startsWith(site, other))) return;
    const carriers = drivers(site.handle);
    const pipelined = carriers.includes('postgres.js');
    // What is not known to be another driver may be postgres.js.
    const unknown = messageId(site, pipelined) === 'queued' && carriers.every((driver) => driver === 'drizzle' || driver === 'unknown');
    // postgres.js sends ahead, and PgBouncer and PostgreSQL answer in order.
    if (messageId(site, pipelined) === 'pipelined' && profile.product !== 'supavisor') return;
    yield {
      messageId: messageId(site, pipelined),
      data: { starter: `Promise.${parallel.method}` },
      range: parallel.range,
      confidence: unknown ? 'possible' : weaker(site.handle.confidence, site.context.confidence),
    };
  },
});

function messageId(site: Site, pipelined: boolean): 'savepoints' | 'pipelined' | 'queued' {
  if (site.kind === 'transaction') return 'savepoints';
  return pipelined ? 'pipelined' : 'queued';
}

function isSent(site: Site): boolean {
  return site.kind === 'transaction' || ((site.kind === 'query' || site.kind === 'builder') && site.sent);
}

/** Whether another site is sent together with one, on the same transaction. */
function startsWith({ parallel, handle, context }: Site, other: Site): boolean {
  return (
    other.parallel?.range[0] === parallel?.range[0] &&
    other.parallel?.element !== parallel?.element &&
    other.context.state === context.state &&
    other.handle.root === handle.root &&
    isSent(other)
  );
}

/** The driver of a handle, and those it is built on. */
function drivers(handle: Handle | undefined): string[] {
  return handle ? [handle.driver, ...drivers(handle.underlying)] : [];
}
