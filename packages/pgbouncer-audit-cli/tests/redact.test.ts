import { describe, expect, test } from 'vitest';
import { redact, redactWithOffsets } from '../src/redact.ts';

describe('secrets', () => {
  test.each([
    ['postgres://app:s3cret@db:5432/app', 'postgres://app:***@db:5432/app'],
    ["new Pool({ connectionString: 'postgresql://u:p%40ss@h/d' })", "new Pool({ connectionString: 'postgresql://u:***@h/d' })"],
    ['`postgres://u:hunter2@${host}/d`', '`postgres://u:***@${host}/d`'],
    ['postgres://h/d?user=u&password=s3cret&sslmode=require', 'postgres://h/d?user=u&password=***&sslmode=require'],
    ["{ user: 'app', password: 's3cret' }", "{ user: 'app', password: '***' }"],
    ["ALTER ROLE app PASSWORD 's3cret'", "ALTER ROLE app PASSWORD '***'"],
    ['postgres://a:one@h/d postgres://b:two@h/d', 'postgres://a:***@h/d postgres://b:***@h/d'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test.each([
    'postgres://app@db/app',
    'password: process.env.PGPASSWORD',
    '`postgres://u:${password}@h/d`',
    'https://example.org:8080/a',
    "SET search_path TO 'a'",
  ])('none in %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  test('an offset behind a secret moves with the text', () => {
    const text = "query('postgres://u:verylong@h', 'SET x')";
    const redacted = redactWithOffsets(text);
    expect(redacted.text.slice(redacted.at(text.indexOf('SET')))).toBe("SET x')");
  });
});
