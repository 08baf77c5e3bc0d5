import { posix } from 'node:path';

/** The module names of `import`, `export .. from`, `import()` and `require()`, by the look of them: a superset, cheaply. */
const moduleName = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*(['"`])([^'"`\n]+)\1/g;

/** The names by which frameworks hand out what everybody hangs something on: Fastify, Express, Koa. */
export const carriers: ReadonlySet<string> = new Set(['req', 'request', 'ctx', 'context', 'app', 'fastify', 'server', 'instance']);

/** What is hung on something: `app.decorate('db', ..)`, `request.db = ..`. */
const hungUp = new RegExp(`\\bdecorate(?:Request|Reply)?\\s*\\(\\s*["'\`](\\w+)|\\b(?:${[...carriers].join('|')})\\.(\\w+)\\s*=[^=]`, 'g');
const augments = /\bdeclare\s+(?:module|global)\b/;
const property = /([A-Za-z_$][\w$]*)\??\s*:/g;

const extension = /\.(?:d\.)?[cm]?[jt]sx?$/;

/** What the text of a file tells at a glance, without a parser. */
export interface Glance {
  /** Members that it may hang on a request or an instance, or declare for a framework. */
  readonly decorated: readonly string[];
  /** The modules that it may import, as they are written there. */
  readonly specifiers: readonly string[];
}

/** One import: the file that it stands in, and the name of the module as it is written there. */
interface Import {
  readonly file: string;
  readonly specifier: string;
}

/** Takes glances at texts; the same name in many files is kept once. */
export class Glances {
  readonly #own = ownStrings();

  /** @param text in any encoding that keeps ASCII */
  at(text: string): Glance {
    const own = this.#own;
    return {
      decorated: Array.from(new Set(decorated(text)), own),
      specifiers: Array.from(new Set(Array.from(text.matchAll(moduleName), ([, , specifier]) => specifier!)), own),
    };
  }
}

/** Who may import whom in a repository, and who may hang something on requests. */
export class TextIndex {
  /** By the name of a member: files that may hang it on a request or an instance, or declare it for a framework. */
  readonly #decorating = new Map<string, Set<string>>();
  /** By the last name of what is imported, which is also the name of the file or its folder. */
  readonly #relative = new Map<string, Import[]>();
  /** Of packages and by aliases: these can lead anywhere. */
  readonly #others: Import[] = [];

  constructor(files: readonly string[], glanceAt: (file: string) => Glance) {
    for (const file of files) {
      const { decorated, specifiers } = glanceAt(file);
      for (const name of decorated) {
        const known = this.#decorating.get(name);
        if (known) known.add(file);
        else this.#decorating.set(name, new Set([file]));
      }
      for (const specifier of specifiers) {
        if (!specifier.startsWith('.')) {
          this.#others.push({ file, specifier });
          continue;
        }
        const key = lastName(specifier);
        const known = this.#relative.get(key);
        if (known) known.push({ file, specifier });
        else this.#relative.set(key, [{ file, specifier }]);
      }
    }
  }

  /** Files that may hang a member of that name on what a framework hands out. */
  decorating(name: string): Iterable<string> {
    return this.#decorating.get(name) ?? [];
  }

  /** The imports that may lead to a file, by its name. */
  *importsLike(file: string): Generator<Import> {
    const name = posix.basename(file).replace(extension, '');
    for (const key of name === 'index' ? ['index', '', posix.basename(posix.dirname(file))] : [name]) yield* this.#relative.get(key) ?? [];
  }

  /** The imports of packages, also of the repository itself, and by aliases. */
  get otherImports(): readonly Import[] {
    return this.#others;
  }
}

/** Gives each string once, and as a copy: a piece of a text keeps the whole text in memory, and this would be every text of the repository. */
function ownStrings(): (piece: string) => string {
  const known = new Map<string, string>();
  return (piece) => {
    let copy = known.get(piece);
    if (copy === undefined) {
      copy = Buffer.from(piece, 'utf8').toString('utf8');
      known.set(copy, copy);
    }
    return copy;
  };
}

function* decorated(text: string): Generator<string> {
  for (const [, method, assigned] of text.matchAll(hungUp)) yield method ?? assigned!;
  if (augments.test(text)) for (const [, name] of text.matchAll(property)) yield name!;
}

/** `client` of `../db/client.js?raw`; empty where a path ends with the folder that it starts from. */
function lastName(specifier: string): string {
  const name = posix.basename(specifier.replace(/[?#].*$/, '')).replace(extension, '');
  return name === '.' || name === '..' ? '' : name;
}
