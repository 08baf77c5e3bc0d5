import { format, resolveConfig } from 'prettier';

/**
 * A generated text as the workspace's formatter writes it, so that the check of the format has nothing to say.
 *
 * @param path the file that it is for, absolute
 */
export async function formatted(path: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}
