import ignore, { type Ignore } from 'ignore';

/** What a `.gitignore` says of a path below its folder. */
export interface Judgement {
  readonly ignored: boolean;
  readonly unignored: boolean;
}

export interface GitIgnoreRules {
  /** @param path relative to the folder of the file, with slashes; a folder ends with one */
  test(path: string): Judgement;
}

/** From this many lines on, most of which say nothing of a given path, those that may say something are looked up. */
const manyLines = 500;

/** The rules of a `.gitignore`. A file of any length is asked about a path in the time of those rules that could match it. */
export function gitIgnoreRules(text: string): GitIgnoreRules {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  return lines.length < manyLines ? rulesOf(lines) : new IndexedRules(lines);
}

function rulesOf(lines: readonly string[]): Ignore {
  return ignore({ allowRelativePaths: true }).add(lines);
}

/** A rule whose pattern has a part without a wildcard matches only paths that have the same part. */
class IndexedRules implements GitIgnoreRules {
  readonly #lines: readonly string[];
  readonly #byPart = new Map<string, number[]>();
  readonly #others: number[] = [];
  readonly #sets = new Map<string, Ignore>();

  constructor(lines: readonly string[]) {
    this.#lines = lines;
    for (const [index, line] of lines.entries()) {
      const part = plainPart(line);
      if (part === undefined) {
        this.#others.push(index);
        continue;
      }
      const alike = this.#byPart.get(part);
      if (alike) alike.push(index);
      else this.#byPart.set(part, [index]);
    }
  }

  test(path: string): Judgement {
    const parts = new Set(path.toLowerCase().split('/'));
    const found = [...parts].flatMap((part) => this.#byPart.get(part) ?? []).sort((a, b) => a - b);
    const key = found.join();
    let set = this.#sets.get(key);
    if (!set) {
      const indexes = [...this.#others, ...found].sort((a, b) => a - b);
      this.#sets.set(key, (set = rulesOf(indexes.map((index) => this.#lines[index]!))));
    }
    return set.test(path);
  }
}

/** The last part of a pattern that stands for itself. Patterns do not tell upper from lower case, as on the disks of most people. */
function plainPart(line: string): string | undefined {
  return line
    .replace(/^!/, '')
    .trimEnd()
    .toLowerCase()
    .split('/')
    .findLast((part) => part !== '' && !/[*?[\]\\!#]/.test(part));
}
