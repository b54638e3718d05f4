import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** The handwritten digits: 64 pixels of 0 to 16, row by row, then which digit it is. */
export function readDigits() {
  return gunzipSync(readFileSync(new URL('digits.csv.gz', import.meta.url)))
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number));
}
