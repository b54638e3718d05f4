import type { Tokenizer } from './tokenizer.ts';

/** Characters that are encoded at once; enough that cutting costs nothing. */
const PIECE = 1 << 20;

/**
 * Token ids of a long text, the same as `encode` gives, in four bytes each and without a list of all of them in between. The text is
 * cut before line ends that follow something else than white space: no token reaches over such a place.
 */
export function encodeLong(tokenizer: Tokenizer, text: string, piece = PIECE): Int32Array {
  let ids = new Int32Array(Math.max(16, text.length >> 1));
  let count = 0;
  for (let start = 0; start < text.length; ) {
    const end = cutAfter(text, start + piece);
    const part = tokenizer.encode(text.slice(start, end));
    if (count + part.length > ids.length) {
      const grown = new Int32Array(Math.max(ids.length * 2, count + part.length));
      grown.set(ids.subarray(0, count));
      ids = grown;
    }
    ids.set(part, count);
    count += part.length;
    start = end;
  }
  return ids.subarray(0, count);
}

function cutAfter(text: string, from: number): number {
  for (let at = text.indexOf('\n', from); at >= 0; at = text.indexOf('\n', at + 1)) {
    if (/\P{White_Space}/u.test(text[at - 1]!)) return at;
  }
  return text.length;
}
