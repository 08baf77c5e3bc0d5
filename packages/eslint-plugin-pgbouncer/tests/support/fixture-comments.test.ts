import { describe, expect, it } from 'vitest';
import { parseFixture } from './fixture.ts';

const comments = (code: string) => parseFixture('no-session-set/bad.pg.ts', code);

describe('the comments of a fixture', () => {
  it('put a finding under the words it is about', () => {
    const { expected } = comments("await pool.query('SET a = 1');\n//                ~~~ leaks certain\n");
    expect(expected).toEqual([{ line: 1, column: 18, endColumn: 21, messageId: 'leaks', confidence: 'certain', suggestions: [] }]);
  });

  it('put several findings under one line', () => {
    const { expected } = comments('const sql = postgres(url);\n//          ~~~ a likely\n//              ~~~~ b possible\n');
    expect(expected.map(({ line, messageId }) => [line, messageId])).toEqual([
      [1, 'a'],
      [1, 'b'],
    ]);
  });

  it('may be comments of the SQL they stand in', () => {
    const { expected } = comments('await sql`\n  SET LOCAL a = 1\n  -- ~~~~~~ noEffect certain\n`;\n');
    expect(expected).toMatchObject([{ line: 2, column: 5, endColumn: 11 }]);
  });

  it('leave the end of a finding open that ends on a later line', () => {
    const { expected } = comments('const sql = postgres(\n//          ~~~~~~~> a certain\n  url);\n');
    expect(expected[0]).not.toHaveProperty('endColumn');
  });

  it('tell the line that a suggestion makes', () => {
    const { expected } = comments("tx.q('SET a = 1');\n//    ~~~ leaks certain\n// Use SET LOCAL => tx.q('SET LOCAL a = 1');\n");
    expect(expected[0]?.suggestions).toEqual([{ message: 'Use SET LOCAL', line: "tx.q('SET LOCAL a = 1');" }]);
  });

  it('are refused when they are not understood, so that no expectation vanishes', () => {
    expect(() => comments('a();\n// ~~~ leaks sure\n')).toThrow('no-session-set/bad.pg.ts:2: write `// ~~~ messageId confidence`');
  });

  it('say what the linted project has set and installed', () => {
    const { settings, installed } = comments(
      '// @settings {"profile":{"maxPreparedStatements":0}}\n// @installed drizzle-orm@0.45.3 @neondatabase/serverless@1.0.0\n',
    );
    expect(settings).toEqual({ profile: { maxPreparedStatements: 0 } });
    expect(installed).toEqual({ 'drizzle-orm': '0.45.3', '@neondatabase/serverless': '1.0.0' });
  });
});
