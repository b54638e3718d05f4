// Makes strips.csv.gz from the handwritten digits: one to five of them side by side on a strip of 10x48, and what it says.
//   node examples/digits-strips/make-strips.mjs
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { readDigits } from '../digits/read-digits.mjs';
import { seeded, shuffle } from '../seeded.mjs';

const HEIGHT = 10;
const WIDTH = 48;
const DIGIT = 8;
const MOST = 5;

const beside = (path) => new URL(path, import.meta.url);
const digits = readDigits();
const random = seeded(1);
const below = (limit) => Math.floor(random() * limit);
shuffle(digits, random);

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
