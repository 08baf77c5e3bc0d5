import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import type { NamedStatementSite } from '../sites/site.ts';
import { confidenceOf, sendsItsName } from './kit.ts';

/** A server connection keeps each statement that it was ever sent, and outlives the clients that sent them (`proof.ts`). */
export const noUnstableStatementName = defineHazard({
  id: 'no-unstable-statement-name',
  taxonomy: ['24'],
  family: 'prepared-statements',
  title: 'Require one constant name for each prepared statement',
  failure: 'error',
  severity: 'warning',
  preset: 'strict',
  messages: {
    varies:
      '`{{label}}` makes a new prepared statement for every value: the server connections of the pool keep them, for all clients, and hardly one is used again. Give the statement one constant name, or none.',
    twice:
      'The name `{{name}}` stands for another text {{where}}: node-postgres refuses the second with "Prepared statements must be unique", and without support in the pooler a client gets the result of the other text. Give each text its own name.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site, _setup, sites) {
    if (!sendsItsName(site)) return;
    if (site.varies) {
      yield { messageId: 'varies', data: { label: site.label }, range: site.range, confidence: weaker(confidenceOf(site), 'likely') };
    }
    const { name, statement } = site;
    if (name === undefined || statement === undefined) return;
    const others = sites.filter(
      (other): other is NamedStatementSite =>
        other !== site && sendsItsName(other) && other.name === name && other.by === site.by && other.statement !== undefined,
    );
    const different = others.find((other) => other.statement !== statement);
    if (!different) return;
    // Clients of different pools never meet where names are kept per client.
    const together = different.handle.root !== undefined && different.handle.root === site.handle.root;
    yield {
      messageId: 'twice',
      data: { name, where: 'elsewhere in this file' },
      range: site.range,
      confidence: weaker(confidenceOf(site), together ? 'likely' : 'possible'),
    };
  },
});
