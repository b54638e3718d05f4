import { html, type Markup, px } from './markup.ts';
import type { Scale } from './scale.ts';

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Width in pixels of a chart in one column. */
export const NARROW = 480;

/** An SVG picture; `label` is what a screen reader says. */
export function chart(
  width: number,
  height: number,
  label: string,
  body: readonly (Markup | string)[],
): Markup {
  return html`<div class="chart"><svg viewBox="0 0 ${px(width)} ${px(height)}" role="img" aria-label="${label}">${body}</svg></div>`;
}

export function xAxis(scale: Scale, box: Box, format: (value: number) => string, title: string): Markup {
  return html`<line class="axis" x1="${box.left}" x2="${box.right}" y1="${box.bottom}" y2="${box.bottom}"/>${scale.ticks.map(
    (tick) =>
      html`<text x="${px(scale.at(tick))}" y="${box.bottom + 16}" text-anchor="middle">${format(tick)}</text>`,
  )}<text x="${box.right}" y="${box.bottom + 34}" text-anchor="end">${title}</text>`;
}

export function yAxis(scale: Scale, box: Box, format: (value: number) => string): Markup {
  return html`${scale.ticks.map(
    (tick) =>
      html`<line class="grid" x1="${box.left}" x2="${box.right}" y1="${px(scale.at(tick))}" y2="${px(scale.at(tick))}"/><text x="${
        box.left - 8
      }" y="${px(scale.at(tick) + 4)}" text-anchor="end">${format(tick)}</text>`,
  )}`;
}

/** Colours and what they stand for: a class of the style sheet, or nothing for a line of text. */
export function legend(entries: readonly (readonly [string, string])[]): Markup {
  return html`<ul class="legend">${entries.map(([colour, name]) => html`<li><i class="${colour}"></i>${name}</li>`)}</ul>`;
}
