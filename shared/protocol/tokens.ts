/**
 * Whether two secrets are the same, in a time that depends on the given one's length only: every byte of it is looked
 * at whatever came before, so that a token cannot be guessed byte by byte.
 */
export function sameToken(given: string, expected: string): boolean {
  const encoder = new TextEncoder();
  const a = encoder.encode(given);
  const b = encoder.encode(expected);
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) {
    difference |= a[index]! ^ b[index % Math.max(1, b.length)]!;
  }
  return difference === 0 && b.length > 0;
}
