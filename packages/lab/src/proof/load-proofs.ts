import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { LabError } from '../lab-error.ts';
import type { Proof } from './proof.ts';

const folder = fileURLToPath(new URL('../../../../fixtures/hazards', import.meta.url));

/** The names of the hazards that have a proof, in alphabetical order. */
export async function provenHazards(): Promise<string[]> {
  const entries = await readdir(folder);
  return entries.filter((entry) => existsSync(join(folder, entry, 'proof.ts'))).sort();
}

/**
 * Loads `fixtures/hazards/<hazard>/proof.ts`.
 *
 * @throws LabError where there is none, with the names that exist
 */
export async function loadProof(hazard: string): Promise<Proof> {
  const known = await provenHazards();
  if (!known.includes(hazard)) throw new LabError(`There is no proof for "${hazard}". Proofs exist for:\n  ${known.join('\n  ')}`);
  const module = (await import(pathToFileURL(join(folder, hazard, 'proof.ts')).href)) as { default: Proof };
  return module.default;
}

/** Loads every proof. */
export async function loadProofs(): Promise<Proof[]> {
  return Promise.all((await provenHazards()).map(loadProof));
}
