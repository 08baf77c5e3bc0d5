import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/**
 * What PostgreSQL stores for a password (`pg_authid.rolpassword`), by RFC 5803. Both PostgreSQL and PgBouncer's userlist.txt take it instead of the
 * password, which cannot be read from it.
 *
 * @param password printable ASCII: SASLprep, which other texts would need, changes nothing in it
 * @throws RangeError for other passwords
 */
export function scramVerifier(password: string, salt: Uint8Array = randomBytes(16), iterations = 4096): string {
  if (!/^[ -~]+$/.test(password)) throw new RangeError('The password holds other characters than printable ASCII.');
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString('base64')}$${storedKey}:${hmac('Server Key').toString('base64')}`;
}
