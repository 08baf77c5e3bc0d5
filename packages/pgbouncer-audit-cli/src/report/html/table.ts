import { html, type Markup } from './markup.ts';

/** A table under a heading of its own; without rows, a sentence that says so. */
export function table(caption: string, heads: readonly string[], rows: readonly (readonly Markup[])[], none: string): Markup {
  if (rows.length === 0)
    return html`<h3>${caption}</h3>
      <p class="quiet">${none}</p>`;
  return html`<h3>${caption}</h3>
    <table aria-label="${caption}">
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>`;
}
