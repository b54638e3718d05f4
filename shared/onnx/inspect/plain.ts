const LONGEST = 80;
// Control characters move the cursor, format characters turn the reading direction or are not seen at all.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/** A stranger's text as it may be shown: one line, not too long, nothing that a terminal obeys. */
export function plain(text: string): string {
  const seen = text.slice(0, 4 * LONGEST).replace(UNSEEN, '\u{fffd}');
  const characters = [...seen];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join('')}…` : seen;
}

/** 1,234,567; beyond 2^53 in powers of ten. */
export function spelled(value: number): string {
  if (!Number.isSafeInteger(value)) return value.toExponential(1).replace('e+', ' · 10^');
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `12.3 MB`, in decimal units. */
export function spelledBytes(value: number): string {
  return scaled(value, ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']);
}

/** `2.31 million`. */
export function spelledCount(value: number): string {
  return scaled(value, ['', 'thousand', 'million', 'billion', 'trillion']).trimEnd();
}

function scaled(value: number, units: readonly string[]): string {
  let index = 0;
  let rest = value;
  while (rest >= 999.5 && index < units.length - 1) {
    rest /= 1000;
    index++;
  }
  const digits = rest >= 100 || Number.isInteger(rest) ? 0 : rest >= 10 ? 1 : 2;
  return `${rest >= 1e6 ? spelled(Math.round(rest)) : rest.toFixed(digits)} ${units[index]}`;
}
