import { html, Markup } from './markup.ts';

type Body = readonly (Markup | string)[];

interface FluidChart {
  readonly label: string;
  /** In pixels; the picture takes the width that there is. */
  readonly height: number;
  /** Room for the names of rows, in pixels: x of a name is from the left. */
  readonly left: number;
  /** Room for what stands to the right of the picture, in pixels. */
  readonly right: number;
  readonly names: Body;
  /** Its x are per cent, see `share`, so that it is as wide as the page while letters keep their size. */
  readonly plot: Body;
}

/** A picture over both columns that is also read on a phone. */
export function fluidChart({ label, height, left, right, names, plot }: FluidChart): Markup {
  return html`<div class="fluid" role="img" aria-label="${label}"><svg width="${left}" height="${height}">${names}</svg><svg class="plot" height="${height}" style="margin-right: ${right}px">${plot}</svg></div>`;
}

/** A coordinate across the picture, from [0, 1]. */
export function share(part: number): Markup {
  return new Markup(`${Math.round(part * 10_000) / 100}%`);
}
