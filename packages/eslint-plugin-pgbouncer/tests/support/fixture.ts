import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Confidence } from '@pgbouncer-audit/core';

/** The folder with one folder per hazard. */
const fixturesFolder = join(import.meta.dirname, '../../../../fixtures/hazards');

/** What an annotation says: under these columns of the line above, this finding. Lines are 1-based, columns 0-based. */
export interface ExpectedFinding {
  readonly line: number;
  readonly column: number;
  /** Exclusive; absent when the finding ends on a later line (`~~~>`). */
  readonly endColumn?: number;
  readonly messageId: string;
  readonly confidence: Confidence;
  /** The line of the finding after each suggestion, trimmed, by the suggestion's text. */
  readonly suggestions: readonly { readonly message: string; readonly line: string }[];
}

/** A fixture: a source file that says in its comments what is to be found in it. CONTRIBUTING.md describes the comments. */
export interface Fixture {
  /** `no-session-set/bad.pg.ts` */
  readonly name: string;
  readonly hazard: string;
  readonly kind: 'bad' | 'good';
  readonly extension: string;
  /** Where the code stands in the linted project: frameworks look for some files by name. */
  readonly file: string;
  readonly code: string;
  /** `settings.pgbouncer` of the linted project. */
  readonly settings: Readonly<Record<string, unknown>> | undefined;
  /** Versions of packages that the linted project has installed, on top of the usual ones. */
  readonly installed: Readonly<Record<string, string>>;
  /** Hazards that a good fixture has all the same, each with the reason. */
  readonly except: Readonly<Record<string, string>>;
  /** Why ESLint and the audit may differ here, if they may. */
  readonly parity: string | undefined;
  /** What runs a fixture of SQL, as far as it differs from Drizzle. */
  readonly tool: Readonly<Record<string, unknown>>;
  readonly expected: readonly ExpectedFinding[];
}

const annotation = /^\s*(?:\/\/|--|\*)?\s*(?<squiggle>~+)(?<open>>?) (?<messageId>\w+) (?<confidence>certain|likely|possible)\s*$/;
const looksLikeAnnotation = /^\s*(?:\/\/|--|\*)?\s*~{2,}/;
const suggestion = /^\s*(?:\/\/|--)\s*(?<message>.+?) => (?<line>.+?)\s*$/;
const directive = /^(?:\/\/|--) @(?<name>settings|installed|except|parity|file|tool) (?<value>.+)$/;

/** Every fixture of every hazard that ESLint reads. */
export function readFixtures(): Fixture[] {
  return everyFixture().filter(({ extension }) => extension !== '.sql');
}

/** Every fixture that is a file of SQL. */
export function readSqlFixtures(): Fixture[] {
  return everyFixture().filter(({ extension }) => extension === '.sql');
}

function everyFixture(): Fixture[] {
  return readdirSync(fixturesFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(fixturesFolder, name)).map((file) => `${name}/${file}`))
    .filter((file) => /^(bad|good)\b/.test(basename(file)))
    .sort()
    .map((file) => parseFixture(file, readFileSync(join(fixturesFolder, file), 'utf8')));
}

/** @throws Error when a comment of the fixture is not understood: a typing mistake must not make an expectation vanish */
export function parseFixture(name: string, code: string): Fixture {
  const [hazard = '', file = ''] = name.split('/');
  const expected: ExpectedFinding[] = [];
  const installed: Record<string, string> = {};
  const except: Record<string, string> = {};
  let settings: Record<string, unknown> | undefined;
  let parity: string | undefined;
  let placed: string | undefined;
  let tool: Record<string, unknown> = {};
  let codeLine = 0;
  let afterAnnotation = false;

  code.split('\n').forEach((text, index) => {
    const found = annotation.exec(text)?.groups;
    if (found) {
      const column = text.indexOf('~');
      expected.push({
        line: codeLine,
        column,
        ...(!found['open'] && { endColumn: column + found['squiggle']!.length }),
        messageId: found['messageId']!,
        confidence: found['confidence'] as Confidence,
        suggestions: [],
      });
      afterAnnotation = true;
      return;
    }
    if (looksLikeAnnotation.test(text)) throw new Error(`${name}:${index + 1}: write \`// ~~~ messageId confidence\``);
    const suggested = afterAnnotation ? suggestion.exec(text)?.groups : undefined;
    if (suggested) {
      const last = expected.pop()!;
      const entry = { message: suggested['message']!, line: suggested['line']! };
      expected.push({ ...last, suggestions: [...last.suggestions, entry] });
      return;
    }
    afterAnnotation = false;
    codeLine = index + 1;
    const told = directive.exec(text)?.groups;
    if (told?.['name'] === 'settings') settings = JSON.parse(told['value']!) as Record<string, unknown>;
    if (told?.['name'] === 'tool') tool = JSON.parse(told['value']!) as Record<string, unknown>;
    if (told?.['name'] === 'parity') parity = told['value'];
    if (told?.['name'] === 'file') placed = told['value'];
    if (told?.['name'] === 'except') {
      const [id = '', ...reason] = told['value']!.split(' ');
      except[id] = reason.join(' ');
    }
    if (told?.['name'] === 'installed') {
      for (const each of told['value']!.split(' ')) {
        const at = each.lastIndexOf('@');
        installed[each.slice(0, at)] = each.slice(at + 1);
      }
    }
  });

  const kind = file.startsWith('good') ? 'good' : 'bad';
  const extension = file.slice(file.lastIndexOf('.'));
  return {
    name,
    hazard,
    kind,
    extension,
    file: placed ?? `src/module${extension}`,
    code,
    settings,
    installed,
    except,
    parity,
    tool,
    expected,
  };
}
