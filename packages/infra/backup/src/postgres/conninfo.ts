/**
 * A connection string for the programs of PostgreSQL that names a database, whatever characters its name has: given plainly, a name with `=` in it
 * would be read as a connection string.
 */
export function conninfo(database: string): string {
  return `dbname='${database.replace(/[\\']/g, (character) => `\\${character}`)}'`;
}

/** A name as SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL, whatever `standard_conforming_strings` is. */
export function literal(text: string): string {
  const quoted = text.replaceAll("'", "''").replaceAll('\\', '\\\\');
  return text.includes('\\') ? `E'${quoted}'` : `'${quoted}'`;
}
