import { DockerfileParser } from 'dockerfile-ast';
import type { Command, Variable } from './facts.ts';

/** Reads the commands and the variables of a Dockerfile. Never throws. */
export function readDockerfile(file: string, text: string): { commands: Command[]; variables: Variable[] } {
  const commands: Command[] = [];
  const variables: Variable[] = [];
  let instructions;
  try {
    instructions = DockerfileParser.parse(text).getInstructions();
  } catch {
    return { commands, variables };
  }
  for (const instruction of instructions) {
    const keyword = instruction.getKeyword();
    const line = instruction.getRange().start.line + 1;
    const content = instruction.getArgumentsContent() ?? '';
    if (keyword === 'CMD' || keyword === 'ENTRYPOINT' || keyword === 'RUN')
      commands.push({ label: keyword, text: words(content), origin: { file, line } });
    if (keyword === 'ENV') {
      for (const [, name, quoted, plain] of content.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S*))/g))
        variables.push({ name: name!, value: quoted ?? plain ?? '', origin: { file, line } });
    }
  }
  return { commands, variables };
}

/** `["npx", "prisma", "migrate", "deploy"]` as the words of a command. */
function words(content: string): string {
  if (!content.trimStart().startsWith('[')) return content;
  try {
    const list: unknown = JSON.parse(content);
    return Array.isArray(list) ? list.map(String).join(' ') : content;
  } catch {
    return content;
  }
}
