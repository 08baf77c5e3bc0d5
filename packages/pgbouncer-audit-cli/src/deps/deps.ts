import { basename, join } from 'node:path';
import { analyseStatement, fingerprintOf, type Setup, withoutConstants } from '@pgbouncer-audit/core';
import { toRelative } from '../files/to-relative.ts';
import { Packages } from '../discover/packages.ts';
import { readText } from '../discover/read-text.ts';
import { type Dirent, readdirSync } from 'node:fs';
import { Lines } from '../lines.ts';
import { isParseFailure, parseSource } from '../parse-source.ts';
import { toolName, toolVersion } from '../tool.ts';
import type { DependencyReason, DepsResult, PackageVerdict } from './deps-result.ts';
import { findPackages, type InstalledPackage } from './find-packages.ts';
import { textsOf } from './sql-in-code.ts';

export interface DepsOptions {
  readonly root: string;
  /** Folders of the workspaces, relative to the root. */
  readonly folders: readonly string[];
  readonly setup: Setup;
}

/** What only a connection of one's own can do: no setting of a pooler, and no care in the code, makes up for it. */
const needsDirect: ReadonlySet<string> = new Set(['no-listen', 'no-session-advisory-lock']);

/** Packages whose SQL is in a program, with what that program is known to do. */
const programs: Readonly<Record<string, string>> = {
  '@prisma/engines': 'Prisma Migrate (schema-engine) takes a session advisory lock: give it a directUrl.',
};

/** Of a package for several databases, the files of another one; and what is there for tests and types only. */
const foreign =
  /(?:^|[/._-])(?:mysql|mysql2|mariadb|mssql|sqlserver|sqlite\d?|better-sqlite3|oracle(?:db)?|cockroach(?:db)?|db2|ibmi|snowflake|sap|hana|spanner|mongo(?:db)?|singlestore|gel|duckdb|libsql|d1)(?:[/._-]|$)/i;
const beside = /^(?:node_modules|test|tests|__tests__|spec|docs|examples?|coverage|umd|\.\w.*)$/;
const source = /\.[cm]?js$/;
const maxFiles = 4_000;

/** Reads the installed packages that talk to PostgreSQL, and says which need a direct connection. */
export function deps({ root, folders, setup }: DepsOptions): DepsResult {
  const { found, missing } = findPackages(root, folders);
  const verdicts = found.map((each) => verdictOf(root, each, setup));
  const order: Readonly<Record<PackageVerdict['verdict'], number>> = { direct: 0, check: 1, unread: 2, fine: 3 };
  return {
    kind: 'deps',
    schemaVersion: 1,
    tool: { name: toolName, version: toolVersion },
    packages: verdicts.sort(
      (a, b) => order[a.verdict] - order[b.verdict] || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.version < b.version ? -1 : 1),
    ),
    notes: [
      ...(missing.length > 0 ? [`Not installed, so not read: ${missing.join(', ')}. Install the dependencies first.`] : []),
      ...(found.length === 0 && missing.length === 0 ? ['No dependency was found that talks to PostgreSQL.'] : []),
    ],
  };
}

/** The folders of all `package.json` that a search has found. */
export function workspaceFolders(root: string, manifests: readonly string[]): string[] {
  const packages = new Packages(root);
  return manifests.filter((file) => basename(file) === 'package.json').flatMap((file) => packages.manifestOf(file)?.folder ?? []);
}

function verdictOf(root: string, installed: InstalledPackage, setup: Setup): PackageVerdict {
  const reasons = new Map<string, DependencyReason>();
  const files = { read: 0, leftOut: 0 };
  for (const path of filesOf(installed.path)) {
    const read = readText(path, (text) => /advisory|LISTEN|\bSET\b|set_config|TEMP|HOLD|PREPARE|DISCARD|currval|lastval/i.test(text));
    if ('irrelevant' in read) {
      files.read++;
      continue;
    }
    const parsed = 'text' in read ? parseSource(basename(path), read.text) : undefined;
    if (!parsed || isParseFailure(parsed)) {
      files.leftOut++;
      continue;
    }
    files.read++;
    const lines = new Lines(parsed.text);
    for (const { text, offset } of textsOf(parsed)) {
      for (const reason of reasonsOf(text, setup)) {
        // A package holds the same statement as ESM and as CommonJS.
        const key = `${reason.hazard} ${fingerprintOf(text) ?? text}`;
        if (!reasons.has(key)) reasons.set(key, { ...reason, file: toRelative(root, path), line: lines.at(offset).line });
      }
    }
  }
  const all = [...reasons.values()].sort(
    (a, b) =>
      Number(needsDirect.has(b.hazard)) - Number(needsDirect.has(a.hazard)) ||
      (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line),
  );
  const program = Object.hasOwn(programs, installed.name) ? programs[installed.name] : undefined;
  const { name, version, because, path } = installed;
  return {
    name,
    version,
    folder: toRelative(root, path),
    because: program === undefined ? because : `${because}. ${program}`,
    verdict: all.some(({ hazard }) => needsDirect.has(hazard))
      ? 'direct'
      : all.length > 0
        ? 'check'
        : program === undefined
          ? 'fine'
          : 'unread',
    reasons: all,
    files,
  };
}

function reasonsOf(text: string, setup: Setup): Pick<DependencyReason, 'hazard' | 'severity' | 'message' | 'statement'>[] {
  const context = { state: 'unknown', confidence: 'possible', evidence: [] } as const;
  const { findings, isRead } = analyseStatement(text, { setup, context, named: false });
  if (!isRead) return [];
  return findings
    .filter(
      ({ severity, dependsOn, confidence, hazard }) =>
        severity !== 'info' && !dependsOn && (confidence !== 'possible' || needsDirect.has(hazard)),
    )
    .map(({ hazard, severity, message }) => ({
      hazard,
      severity,
      message,
      statement: withoutConstants(text).replace(/\s+/g, ' ').trim().slice(0, 200),
    }));
}

function filesOf(folder: string): string[] {
  const found: string[] = [];
  const visit = (at: string): void => {
    let entries: Dirent[];
    try {
      entries = readdirSync(at, { withFileTypes: true });
    } catch {
      return;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (found.length >= maxFiles || beside.test(entry.name) || foreign.test(entry.name)) continue;
      if (entry.isDirectory()) visit(join(at, entry.name));
      else if (entry.isFile() && source.test(entry.name) && !/[.-]min\.js$/.test(entry.name)) found.push(join(at, entry.name));
    }
  };
  visit(folder);
  return found;
}
