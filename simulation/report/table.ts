import { html, type Markup } from './markup.ts';

/** The figures of a picture for those who cannot see it, or want to copy them. The first column names the row. */
export function table(
  summary: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  caption?: string,
): Markup {
  return html`<details><summary>${summary}</summary><div class="scroll" tabindex="0" role="region" aria-label="${summary}"><table>${
    caption === undefined ? '' : html`<caption>${caption}</caption>`
  }<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows.map(
    ([name, ...cells]) =>
      html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div></details>`;
}
