import { createHash } from 'node:crypto';

/** How much went through, and its SHA-256. */
export interface Sums {
  readonly bytes: number;
  readonly sha256: string;
}

/** Adds up what goes through a stream. */
export class Summing {
  readonly #hash = createHash('sha256');
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  async *through(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of stream) {
      this.#hash.update(chunk);
      this.#bytes += chunk.length;
      yield chunk;
    }
  }

  /** Once; nothing goes through afterwards. */
  result(): Sums {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}
