import type { Discovery } from '../../result.ts';
import { groupBy } from '../../group-by.ts';
import { html, sentence, type Markup } from './markup.ts';
import { table } from './table.ts';

/** Pooler, drivers and clients, each with the place it was read from. */
export function discovery({ poolers, drivers, clients, notes }: Discovery): Markup {
  const versions = [...groupBy(drivers, ({ name, version }) => `${name} ${version ?? ''}`)];
  return html`${notes.map((note) => html`<p>${sentence(note)}</p>`)}
  ${table(
    'Poolers',
    ['what', 'version', 'mode', 'where'],
    poolers.map(({ label, version, poolMode, origin, used }) => [
      html`${label}${used && html` <span class="quiet">(the verdict assumes this one)</span>`}`,
      html`${version ?? 'not said'}`,
      html`${poolMode ?? 'not said'}`,
      html`<span class="place">${origin.file}:${origin.line}</span>`,
    ]),
    'None was found; the verdict assumes a PgBouncer with the settings below.',
  )}
  ${table(
    'Drivers',
    ['what', 'version', 'where'],
    versions.map(([, same]) => [
      html`${same[0]!.name}`,
      html`${same[0]!.version ?? 'not said'}`,
      html`${same.map(({ origin }, index) => html`${index > 0 && html`<br />`}<span class="place">${origin.file}:${origin.line}</span>`)}`,
    ]),
    'None was found in a package.json.',
  )}
  ${table(
    'Clients',
    ['what', 'reaches', 'where'],
    clients.map(({ label, reach, file, line }) => [
      html`<code>${label}</code>`,
      html`${reaches[reach]}`,
      html`<span class="place">${file}:${line}</span>`,
    ]),
    'None was found.',
  )}`;
}

const reaches = { pooled: 'the pooler', direct: 'PostgreSQL directly', unknown: 'not known, so the pooler is assumed' } as const;
