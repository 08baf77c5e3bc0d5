import { type Confidence, confidences, type Finding, type Hazard, type Preset } from '@pgbouncer-audit/core';
import type { Rule, SourceCode } from 'eslint';
import { messageOf, withDependentMessages } from './dependent-messages.ts';
import { documentationUrl } from './documentation-url.ts';
import { findingsOf, mayHoldHazard } from './findings-of.ts';

/** The one option of every rule. */
export interface HazardRuleOptions {
  /** The weakest confidence that is reported. `likely` when nothing is said. */
  readonly minConfidence?: Confidence;
}

/** An ESLint rule, and in which preset it is. */
export type HazardRule = Rule.RuleModule & {
  readonly meta: Rule.RuleMetaData & {
    readonly docs: { readonly description: string; readonly url: string; readonly recommended: boolean; readonly preset: Preset };
  };
};

const defaultOptions = [{ minConfidence: 'likely' }] as const satisfies readonly HazardRuleOptions[];

const schema = [
  {
    type: 'object',
    properties: {
      minConfidence: {
        enum: [...confidences],
        description: 'The weakest confidence that is reported.',
      },
    },
    additionalProperties: false,
  },
] satisfies Rule.RuleMetaData['schema'];

/**
 * Makes the ESLint rule of a hazard: reports its findings in the file at hand, each on the words that say it.
 *
 * @param hazard is judged by core together with all others, once per file; the rule picks its own findings
 */
export function ruleFromHazard(hazard: Hazard): HazardRule {
  return {
    meta: {
      type: 'problem',
      docs: {
        description: hazard.title,
        url: documentationUrl(hazard.id),
        recommended: hazard.preset === 'recommended',
        preset: hazard.preset,
      },
      messages: withDependentMessages(hazard.messages),
      hasSuggestions: hazard.suggests,
      schema,
      defaultOptions: [...defaultOptions],
    },
    create(context) {
      if (!mayHoldHazard(context)) return {};
      // ESLint before 9.15 does not merge `meta.defaultOptions`.
      const { minConfidence = defaultOptions[0].minConfidence } = (context.options[0] ?? {}) as HazardRuleOptions;
      const isSureEnough = ({ confidence }: Finding) => confidences.indexOf(confidence) >= confidences.indexOf(minConfidence);
      return {
        // By then ESLint has linked every node to its parent.
        'Program:exit'() {
          for (const finding of findingsOf(context)) {
            if (finding.hazard === hazard.id && isSureEnough(finding)) context.report(descriptorOf(finding, context.sourceCode));
          }
        },
      };
    },
  };
}

function descriptorOf(finding: Finding, sourceCode: SourceCode): Rule.ReportDescriptor {
  const [start, end] = finding.range;
  return {
    loc: { start: sourceCode.getLocFromIndex(start), end: sourceCode.getLocFromIndex(end) },
    ...messageOf(finding),
    suggest: finding.suggestions.map(({ message, edits }) => ({
      desc: message,
      fix: (fixer) => edits.map(({ range, text }) => fixer.replaceTextRange([...range], text)),
    })),
  };
}
