import type { Document } from 'yaml';
import type { Command, Variable } from './facts.ts';
import { entriesOf, itemsOf, parseYaml, scalarText } from './yaml-file.ts';

/** Files of CI systems, whose steps may run migrations and dumps. */
export const isPipeline = (file: string): boolean =>
  /(?:^|\/)(?:\.github\/(?:workflows|actions)\/.+|\.gitlab-ci[\w.-]*|\.circleci\/config|bitbucket-pipelines|azure-pipelines[\w.-]*|cloudbuild[\w.-]*|render|\.drone)\.ya?ml$/i.test(
    file,
  );

/** Keys of the CI systems whose value is a shell command, or a list of them. */
const commandKeys = new Set([
  'run',
  'script',
  'before_script',
  'after_script',
  'command',
  'buildCommand',
  'startCommand',
  'preDeployCommand',
]);
const variableKeys = new Set(['env', 'variables', 'environment']);

/** How deep a pipeline is nested at most. */
const maxDepth = 14;

/** Reads the commands and variables of a pipeline. Never throws. */
export function readPipeline(file: string, text: string): { commands: Command[]; variables: Variable[] } {
  const yaml = parseYaml(text);
  const commands: Command[] = [];
  const variables: Variable[] = [];
  const visit = (document: Document, node: unknown, depth: number): void => {
    if (depth > maxDepth) return;
    for (const { key, keyNode, value } of entriesOf(document, node)) {
      const origin = { file, line: yaml.lineOf(keyNode) };
      if (commandKeys.has(key)) {
        const listed = itemsOf(document, value).map((item) => ({ item, text: scalarText(item) }));
        const own = scalarText(value);
        if (own !== undefined) commands.push({ label: key, text: own, origin });
        for (const { item, text: each } of listed)
          if (each !== undefined) commands.push({ label: key, text: each, origin: { file, line: yaml.lineOf(item) } });
      }
      if (variableKeys.has(key)) {
        for (const variable of entriesOf(document, value)) {
          const each = scalarText(variable.value);
          if (each !== undefined)
            variables.push({ name: variable.key, value: each, origin: { file, line: yaml.lineOf(variable.keyNode) } });
        }
      }
      visit(document, value, depth + 1);
      for (const item of itemsOf(document, value)) visit(document, item, depth + 1);
    }
  };
  for (const document of yaml.documents) visit(document, document.contents, 0);
  return { commands, variables };
}
