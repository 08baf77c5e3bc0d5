import { expect, test } from 'vitest';
import { prepareIsNamed } from '../src/drivers/drizzle-prepare.ts';

test.each([
  // version            pg, with and without a name; postgres.js, with and without
  ['0.44.7', ['certain', 'never', 'never', 'never']],
  ['0.45.3', ['certain', 'never', 'never', 'never']],
  ['0.45.4', ['certain', 'never', 'certain', 'never']],
  ['^0.45.4', ['certain', 'never', 'certain', 'never']],
  ['0.46.0', ['certain', 'never', 'certain', 'never']],
  ['1.0.0-beta.1', ['certain', 'never', 'never', 'never']],
  ['1.0.0-beta.21', ['certain', 'never', 'never', 'never']],
  ['1.0.0-beta.22-a1b2c3d', ['certain', 'possible', 'possible', 'possible']],
  ['1.0.0-beta.24', ['certain', 'certain', 'certain', 'certain']],
  ['1.0.0-rc.5-ab785fc', ['certain', 'certain', 'certain', 'certain']],
  ['1.0.0', ['certain', 'certain', 'certain', 'certain']],
  ['1.2.3', ['certain', 'certain', 'certain', 'certain']],
  [undefined, ['certain', 'possible', 'possible', 'possible']],
  ['latest', ['certain', 'possible', 'possible', 'possible']],
])('.prepare() of Drizzle %s', (version, expected) => {
  const seen = (['pg', 'postgres.js'] as const).flatMap((carrier) => [true, false].map((named) => prepareIsNamed(carrier, version, named)));
  expect(seen).toEqual(expected);
});
