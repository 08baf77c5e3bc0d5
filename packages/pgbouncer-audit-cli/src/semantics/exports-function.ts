/**
 * Whether a module exports a function or a class of its own by that name, as its text shows at a glance. Most of what a program calls is one, and
 * to know that needs no parser.
 *
 * @returns `false` also where only a parser could tell
 */
export function exportsFunction(text: string, name: string): boolean {
  const escaped = name.replace(/\$/g, '\\$&');
  const declared = new RegExp(
    `^export[ \\t]+(?:(?:async[ \\t]+)?function[ \\t]*\\*?[ \\t]*${escaped}[ \\t]*[<(]|(?:abstract[ \\t]+)?class[ \\t]+${escaped}[ \\t{<]` +
      `|const[ \\t]+${escaped}[ \\t]*=[ \\t]*(?:async[ \\t]*(?:function\\b|\\(|<)|function\\b|\\((?:[^()]{0,200}\\)|[^()]{0,200}\\([^()]{0,100}\\)[^()]{0,200}\\))[^=;{}]{0,200}=>))`,
    'm',
  ).exec(text);
  return declared !== null && isCode(text, declared.index);
}

/** Whether a place lies in no template and no comment, as far as one can see: where a text of code is generated, it looks like code. */
function isCode(text: string, at: number): boolean {
  const before = text.slice(0, at);
  return before.split('`').length % 2 === 1 && before.lastIndexOf('/*') <= before.lastIndexOf('*/');
}
