import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { Decrypter, Encrypter } from 'age-encryption';
import { Problem } from './problem.ts';

/** The public keys of a file, one a line; `#` begins a comment. */
export function readRecipients(file: string): string[] {
  const recipients = linesOf(file);
  if (recipients.length === 0)
    throw new Problem('usage', `${file} names no recipient: put the public key that age-keygen printed into it.`);
  const wrong = recipients.find((recipient) => !/^age1[a-z0-9]+$/.test(recipient));
  if (wrong !== undefined) {
    const secret = wrong.startsWith('AGE-SECRET-KEY')
      ? 'a secret key, which belongs in BACKUP_AGE_IDENTITIES_FILE'
      : 'not a public key of age';
    throw new Problem('usage', `${file} holds a line that is ${secret}: public keys begin with age1.`);
  }
  return recipients;
}

/** The secret keys of a file. */
export function readIdentities(file: string): string[] {
  const identities = linesOf(file);
  if (identities.length === 0 || identities.some((identity) => !/^AGE-SECRET-KEY-(PQ-)?1[A-Z0-9]+$/.test(identity)))
    throw new Problem('usage', `${file} is not a file of secret keys as age-keygen writes it.`);
  return identities;
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** What the stream gives, encrypted for age. An error of the stream ends the result with it. */
export async function encrypted(stream: AsyncIterable<Uint8Array>, recipients: readonly string[]): Promise<AsyncIterable<Uint8Array>> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(webStream(stream)) as Promise<AsyncIterable<Uint8Array>>;
}

/** @throws Problem `damaged` where no key fits or a byte was changed */
export async function* decrypted(stream: AsyncIterable<Uint8Array>, identities: readonly string[]): AsyncIterable<Uint8Array> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  let failure: unknown;
  const watched = (async function* () {
    try {
      yield* stream;
    } catch (error) {
      failure = error;
      throw error;
    }
  })();
  try {
    yield* (await decrypter.decrypt(webStream(watched))) as AsyncIterable<Uint8Array>;
  } catch (error) {
    // What is wrong with the storage is not wrong with the encryption.
    if (failure) throw failure as Error;
    if (error instanceof Error && /no identity matched/.test(error.message))
      throw new Problem('failed', 'None of the keys in BACKUP_AGE_IDENTITIES_FILE is one that this backup was encrypted for.', {
        cause: error,
      });
    throw new Problem('damaged', `What was stored cannot be decrypted: ${(error as Error).message}.`, { cause: error });
  }
}

function webStream(stream: AsyncIterable<Uint8Array>): globalThis.ReadableStream<Uint8Array> {
  const readable = Readable.from(stream, { objectMode: true, highWaterMark: 4 });
  return Readable.toWeb(readable, { strategy: { highWaterMark: 4 } });
}
