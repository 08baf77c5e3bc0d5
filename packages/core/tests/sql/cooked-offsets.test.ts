import { describe, expect, it } from 'vitest';
import { cookedOffsets } from '../../src/sql/cooked-offsets.ts';

describe('cookedOffsets', () => {
  it('gives a text without escapes back as it is, and no offsets', () => {
    expect(cookedOffsets('SET x = 1 -- 🐘')).toEqual({ value: 'SET x = 1 -- 🐘', offsets: undefined });
  });

  it.each([
    [String.raw`\n\t\r\b\f\v`, '\n\t\r\b\f\v'],
    [String.raw`it\'s \"quoted\" \`x\` \\ \$`, 'it\'s "quoted" `x` \\ $'],
    [String.raw`\x41\u0042\u{43}\u{1F418}`, 'ABC🐘'],
    [String.raw`\uD83D\uDC18`, '🐘'],
    [String.raw`a\0b\101`, 'a\0bA'],
    [String.raw`\q\8`, 'q8'],
    ['one \\\ntwo \\\r\nthree', 'one two three'],
    ['one\r\ntwo\rthree', 'one\ntwo\nthree'],
  ])('decodes %j as JavaScript does', (raw, value) => {
    expect(cookedOffsets(raw).value).toBe(value);
  });

  it.each([String.raw`\u{}`, String.raw`\u{110000}`, String.raw`\uZ`, String.raw`\xZ`, '\\'])(
    'leaves %j, which JavaScript refuses, as written',
    (raw) => {
      expect(cookedOffsets(raw).value).toBe(raw);
    },
  );

  it('says where each unit of the value begins in the source, and where the value ends', () => {
    expect(cookedOffsets(String.raw`a\n\u{1F418}b`)).toEqual({ value: 'a\n🐘b', offsets: [0, 1, 3, 3, 12, 13] });
  });

  it('counts a line continuation to the unit before it', () => {
    expect(cookedOffsets('a\\\nb')).toEqual({ value: 'ab', offsets: [0, 3, 4] });
  });

  it('counts a CRLF of a template as one unit of the value', () => {
    expect(cookedOffsets('a\r\nb')).toEqual({ value: 'a\nb', offsets: [0, 1, 3, 4] });
  });
});
