/**
 * Marks that a client or a tool replaces or removes before PostgreSQL sees the text: the placeholders of knex, Sequelize,
 * TypeORM and pg-promise, and the meta-commands and COPY data of psql scripts. They are read as identifiers and blanks of
 * the same length, so that every offset stays.
 */
const placeholderMarks = [
  // pg-promise: ${name}, $(name), $<name>, $[name], $/name/, each with an optional filter such as :name or ~
  /\$(?:\{[\w\s.:~#^]+\}|\([\w\s.:~#^]+\)|<[\w\s.:~#^]+>|\[[\w\s.:~#^]+\]|\/[\w\s.:~#^]+\/)/g,
  // pg-promise: $1:name, $1~, $1^, $1#
  /\$\d+(?::\w+|[~^#])/g,
  // :name and knex's :name:, but neither a::type nor an array's [1:n]
  /(?<![:\w\]]):[a-z_]\w*(?::(?!:))?/gi,
  // psql: :'name' and :"name"
  /(?<![:\w\]])(?::'\w+'|:"\w+")/g,
  // ? and ??
  /\?\??/g,
];

const psqlMarks = [/(?<=\bfrom\s+stdin\b[^;]*;\s*\n)[^]*?\n\\\.$/gim, /^\\(?:\w+|!|\?).*$/gm];

/** The text with such marks read; the text itself when it has none. */
export function readClientNotation(sql: string): string {
  let read = sql;
  for (const mark of psqlMarks) read = read.replace(mark, (all) => all.replace(/[^\n]/g, ' '));
  for (const mark of placeholderMarks) read = read.replace(mark, (all) => '_'.repeat(all.length));
  return read;
}
