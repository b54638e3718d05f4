// Makes strips.csv.gz from the handwritten digits: one to five of them side by side on a strip of 10x48, and what it says.
//   node examples/digits-strips/make-strips.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';

const HEIGHT = 10;
const WIDTH = 48;
const DIGIT = 8;
const MOST = 5;

const beside = (path) => new URL(path, import.meta.url);
const digits = gunzipSync(readFileSync(beside('../digits/digits.csv.gz')))
  .toString()
  .trim()
  .split('\n')
  .map((line) => line.split(',').map(Number));

/** mulberry32 (T. Ettinger): a small generator, so that the strips are always the same. */
let state = 1;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let bits = Math.imul(state ^ (state >>> 15), 1 | state);
  bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
  return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
}
const below = (limit) => Math.floor(random() * limit);

for (let last = digits.length - 1; last > 0; last--) {
  const other = below(last + 1);
  [digits[last], digits[other]] = [digits[other], digits[last]];
}

const strips = [];
// Each image is in one strip only, so that none of those held out was trained on.
while (digits.length > 0) {
  const pixels = new Array(HEIGHT * WIDTH).fill(0);
  let label = '';
  let left = below(4);
  for (const digit of digits.splice(0, 1 + below(MOST))) {
    const top = below(HEIGHT - DIGIT + 1);
    for (let row = 0; row < DIGIT; row++) {
      for (let column = 0; column < DIGIT; column++) {
        const at = (top + row) * WIDTH + left + column;
        // Where two touch, the darker of both.
        pixels[at] = Math.max(pixels[at], digit[row * DIGIT + column]);
      }
    }
    label += digit[DIGIT * DIGIT];
    // From one column less than a digit has to one more: some touch.
    left += DIGIT - 1 + below(3);
  }
  strips.push([...pixels, label].join(','));
}
const packed = gzipSync(`${strips.join('\n')}\n`, { level: 9 });
// The header says on which system it was packed; leave that out.
packed[9] = 255;
writeFileSync(beside('strips.csv.gz'), packed);
console.log(`${strips.length} strips`);
