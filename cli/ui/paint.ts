import pc from 'picocolors';

/** Colours, or the text as it is. Renderers take one, so that plain output holds no escape sequence. */
export type Paint = Readonly<
  Record<'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan', (text: string) => string>
>;

const same = (text: string): string => text;

export const plainPaint: Paint = { bold: same, dim: same, green: same, yellow: same, red: same, cyan: same };

/** Colours even where picocolors sees no terminal: the caller has decided. */
export const colourPaint: Paint = pc.createColors(true);

/** Colours on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb says otherwise. */
export function paintFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Paint {
  const wanted = stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return wanted ? colourPaint : plainPaint;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
const ESCAPES = /\u001b\[[0-9;]*m/g;

/** Columns that a text takes; East Asian wide characters and most emoji take two. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text.replace(ESCAPES, '')) width += isWide(character.codePointAt(0)!) ? 2 : 1;
  return width;
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0x1f300 && code <= 0x1faff)
  );
}

/** Cuts plain text to a width, with an ellipsis; control characters, which could move the cursor, become spaces. */
export function cut(text: string, width: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
  if (widthOf(clean) <= width) return clean;
  let kept = '';
  let used = 0;
  for (const character of clean) {
    const more = widthOf(character);
    if (used + more > width - 1) break;
    kept += character;
    used += more;
  }
  return width > 0 ? `${kept}…` : '';
}

/** Pads on the right to a width. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
