/** A command that the runner of GitHub Actions would obey. */
export interface WorkflowCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/**
 * What the runner makes of a log, by the rules of its `ActionCommand`: `::name key=value,…::data` at the start of a line, blanks apart, and
 * `##[name]` anywhere in it; after `stop-commands` nothing, until the line `::token::`.
 */
export function commandsIn(log: string): readonly WorkflowCommand[] {
  const found: WorkflowCommand[] = [];
  let token: string | undefined;
  for (const line of log.split(/\r\n|\n|\r/)) {
    const [, name, list = '', data = ''] = /^\s*::([\w-]+)(?: (.*?))?::(.*)$/.exec(line) ?? /##\[([\w-]+)()[^\]]*\](.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (token !== undefined) {
      if (name === token) token = undefined;
    } else if (name === 'stop-commands') token = data;
    else found.push({ name, properties: propertiesOf(list), data: unescaped(data) });
  }
  return found;
}

function propertiesOf(list: string): Record<string, string> {
  const pairs = list.split(',').filter(Boolean);
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return [
        pair.slice(0, at).trim(),
        unescaped(
          pair
            .slice(at + 1)
            .replaceAll('%3A', ':')
            .replaceAll('%2C', ','),
        ),
      ];
    }),
  );
}

function unescaped(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}
