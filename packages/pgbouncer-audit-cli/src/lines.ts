/** Lines and columns of a text, from offsets. Built once per text. */
export class Lines {
  readonly #text: string;
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.#text = text;
    const pattern = /\r\n|[\n\r\u2028\u2029]/g;
    while (pattern.exec(text)) this.#starts.push(pattern.lastIndex);
  }

  /** @returns the line and the column of an offset, both from 1 */
  at(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#starts[low]! + 1 };
  }

  /** The offset at which a line begins. */
  start(line: number): number {
    return this.#starts[Math.min(line, this.#starts.length) - 1] ?? 0;
  }

  /** The text of a line, without its end. */
  text(line: number): string {
    return this.#text.slice(this.#starts[line - 1], this.#starts[line]).replace(/[\r\n\u2028\u2029]+$/, '');
  }
}
