import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { compatibilityFile, compatibilityPage } from '../src/pages/compatibility-page.ts';
import { loadProofs } from '../src/proof/load-proofs.ts';
import { readResults } from '../src/results/results.ts';

test('docs/compatibility.md is what the results say', async () => {
  const page = await readFile(compatibilityFile, 'utf8');
  expect(page).toBe(await compatibilityPage(await loadProofs(), await readResults()));
});
