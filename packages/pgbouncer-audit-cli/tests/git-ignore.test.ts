import ignore from 'ignore';
import { expect, test } from 'vitest';
import { gitIgnoreRules } from '../src/discover/git-ignore.ts';

const paths = [
  'src/',
  'src/a.ts',
  'src/Logs/',
  'src/logs/a.log',
  'keep/a.log',
  'a b/c.ts',
  'dist/',
  'dist/x.js',
  'src/dist/x.js',
  '#a',
  '!b',
  'x[1].ts',
  'deep/er/temp/y',
];
const lines = [
  '*.log',
  '!keep/*.log',
  '/dist/',
  'logs',
  '**/temp/**',
  'a\\ b',
  '\\#a',
  '\\!b',
  'x\\[1].ts',
  'src/*/x.js',
  '# comment',
  '',
  'SRC/A.ts',
];

test('a long file says of every path what a short one with the same lines says', () => {
  const short = ignore({ allowRelativePaths: true }).add(lines);
  const long = gitIgnoreRules([...Array.from({ length: 2000 }, (_, index) => `/nowhere/dir${index}/*.txt`), ...lines].join('\r\n'));
  for (const path of paths) {
    const { ignored, unignored } = short.test(path);
    expect(long.test(path), path).toMatchObject({ ignored, unignored });
  }
});
