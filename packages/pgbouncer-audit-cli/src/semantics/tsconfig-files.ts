import { existsSync, readFileSync, realpathSync, statSync } from '../files/view.ts';

/** What `get-tsconfig` asks of the file system, by the names that it has in the keys of its cache. */
const questions: Readonly<Record<string, (path: string) => unknown>> = {
  existsSync,
  statSync,
  realpathSync,
  readFileSync: (path) => readFileSync(path, 'utf8'),
};

/**
 * A cache for `get-tsconfig` that has every answer already, and takes it from the view: keys are `function:path`, with further arguments
 * behind another colon. So what it reads is what the audit sees, and is on the record.
 */
export class TsconfigFiles extends Map<string, string> {
  override get(key: string): string | undefined {
    if (!this.has(key)) {
      const [, name, path] = /^(\w+):(.*?)(?::utf8)?:?$/s.exec(key) ?? [];
      const question = name === undefined ? undefined : questions[name];
      // It declares its cache as one of strings, and keeps every answer in it.
      if (question) this.set(key, question(path!) as string);
    }
    return super.get(key);
  }
}
