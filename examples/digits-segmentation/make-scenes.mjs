// Makes scenes.csv.gz from the handwritten digits: four of them on a canvas of 20x20, and which digit each pixel is of.
//   node examples/digits-segmentation/make-scenes.mjs
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { readDigits } from '../digits/read-digits.mjs';
import { seeded, shuffle } from '../seeded.mjs';

const SIDE = 20;
const CELL = SIDE / 2;
const DIGIT = 8;
/** From this on a pixel, 0 to 16, is ink. */
const INK = 4;
const BACKGROUND = 10;

const beside = (path) => new URL(path, import.meta.url);
const digits = readDigits();
const random = seeded(1);
const below = (limit) => Math.floor(random() * limit);
shuffle(digits, random);

const scenes = [];
// Each image is in one scene only, so that none of those held out was trained on.
for (let first = 0; first + 4 <= digits.length; first += 4) {
  const pixels = new Array(SIDE * SIDE).fill(0);
  const classes = new Array(SIDE * SIDE).fill(BACKGROUND);
  for (let place = 0; place < 4; place++) {
    const digit = digits[first + place];
    const top = CELL * (place >> 1) + below(CELL - DIGIT + 1);
    const left = CELL * (place & 1) + below(CELL - DIGIT + 1);
    for (let row = 0; row < DIGIT; row++) {
      for (let column = 0; column < DIGIT; column++) {
        const at = (top + row) * SIDE + left + column;
        const value = digit[row * DIGIT + column];
        pixels[at] = value;
        if (value >= INK) classes[at] = digit[DIGIT * DIGIT];
      }
    }
  }
  scenes.push([...pixels, ...classes].join(','));
}
const packed = gzipSync(`${scenes.join('\n')}\n`, { level: 9 });
// The header says on which system it was packed; leave that out.
packed[9] = 255;
writeFileSync(beside('scenes.csv.gz'), packed);
console.log(`${scenes.length} scenes`);
