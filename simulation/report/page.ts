import { html, Markup } from './markup.ts';
import { style } from './style.ts';

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
}

export interface Section {
  readonly title: string;
  readonly text?: string;
  /** Over both columns. */
  readonly wide?: boolean;
  readonly body: readonly Markup[];
}

export interface Page {
  readonly title: string;
  readonly subtitle: string;
  readonly figures: readonly Figure[];
  readonly sections: readonly Section[];
  readonly footer?: string;
}

/** One HTML file: no script, nothing from elsewhere, light or dark as its reader likes it. */
export function page({ title, subtitle, figures, sections, footer }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body><main>
<h1>${title}</h1>
<p>${subtitle}</p>
<dl class="figures">${figures.map(
    ({ name, value, note }) =>
      html`<div><dt>${name}</dt><dd>${value}${note === undefined ? '' : html`<small>${note}</small>`}</dd></div>`,
  )}</dl>
<div class="sections">${sections.map(
    ({ title, text, wide, body }) => html`
<section${wide ? html` class="wide"` : ''}><h2>${title}</h2>${text === undefined ? '' : html`<p>${text}</p>`}${body}</section>`,
  )}
</div>
<footer>${footer ?? 'Made by Tributary.'}</footer>
</main></body>
</html>
`.text;
}
