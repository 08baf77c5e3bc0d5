import { type Confidence, confidences, type Hazard, hazards } from '@pgbouncer-audit/core';
import * as typescriptParser from '@typescript-eslint/parser';
import { type ESLint, Linter } from 'eslint';
import * as espree from 'espree';
import { dirname } from 'node:path';
import { ruleFromHazard } from '../../src/rule-from-hazard.ts';

/** A finding as the editor shows it. Lines are 1-based, columns 0-based. */
export interface ShownFinding {
  readonly hazard: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly messageId: string;
  readonly message: string;
  /** Read from the options with which the rule still reports. */
  readonly confidence: Confidence;
  readonly suggestions: readonly { readonly message: string; readonly output: string }[];
}

export const parsers = { typescript: typescriptParser, espree } as const;

export interface LintOptions {
  /** Decides the dialect by its extension, and whose packages are installed. */
  readonly filename: string;
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly parser?: keyof typeof parsers;
  readonly hazards?: readonly Hazard[];
  /** Of the version of ESLint that is to lint; the newest when nothing is said. */
  readonly LinterClass?: typeof Linter;
}

/**
 * Lints a text with the rules of all hazards at once, as an ESLint user would.
 *
 * @throws Error when the text does not parse
 */
export function lint(code: string, options: LintOptions): ShownFinding[] {
  const { filename, settings, parser = 'typescript', LinterClass = Linter } = options;
  const rules = Object.fromEntries((options.hazards ?? hazards).map((hazard) => [hazard.id, ruleFromHazard(hazard)]));
  // One namespace per confidence: ESLint reports a finding under each that lets it through.
  const plugins = Object.fromEntries(confidences.map((confidence) => [confidence, { rules } satisfies ESLint.Plugin]));
  const enabled = confidences.flatMap((minConfidence) =>
    Object.keys(rules).map((id): [string, Linter.RuleEntry] => [`${minConfidence}/${id}`, ['error', { minConfidence }]]),
  );
  // ESLint lints no file outside of its folder.
  const messages = new LinterClass({ cwd: dirname(filename) }).verify(
    code,
    [
      {
        files: ['**'],
        plugins,
        rules: Object.fromEntries(enabled),
        linterOptions: { reportUnusedDisableDirectives: 'off' },
        languageOptions: {
          parser: parsers[parser],
          ecmaVersion: 'latest',
          parserOptions: { ecmaFeatures: { jsx: /x$/.test(filename) || parser === 'espree' } },
        },
        ...(settings && { settings: { pgbouncer: settings } }),
      },
    ],
    { filename },
  );
  const shown = new Map<string, ShownFinding>();
  for (const message of messages) {
    if (message.fatal || !message.ruleId) throw new Error(`${filename}:${message.line}: ${message.message}`);
    const [confidence = '', hazard = ''] = message.ruleId.split('/');
    const finding: ShownFinding = {
      hazard,
      line: message.line,
      column: message.column - 1,
      endLine: message.endLine!,
      endColumn: message.endColumn! - 1,
      messageId: message.messageId!,
      message: message.message,
      confidence: confidence as Confidence,
      suggestions: (message.suggestions ?? []).map(({ desc, fix }) => ({
        message: desc,
        output: code.slice(0, fix.range[0]) + fix.text + code.slice(fix.range[1]),
      })),
    };
    const key = [hazard, finding.line, finding.column, finding.endLine, finding.endColumn, finding.messageId].join(' ');
    const known = shown.get(key);
    if (!known || confidences.indexOf(known.confidence) < confidences.indexOf(finding.confidence)) shown.set(key, finding);
  }
  return [...shown.values()].sort((a, b) => a.line - b.line || a.column - b.column || (a.hazard < b.hazard ? -1 : 1));
}
