// Makes digits-parity.csv.gz from the handwritten digits: the 64 pixels, which digit it is, and whether it is even.
//   node examples/digits-parity/make-table.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';

const beside = (path) => new URL(path, import.meta.url);
const rows = gunzipSync(readFileSync(beside('../digits/digits.csv.gz')))
  .toString()
  .trim()
  .split('\n')
  .map((line) => `${line},${Number(line.split(',').at(-1)) % 2 === 0 ? 'yes' : 'no'}`);
const pixels = Array.from({ length: 64 }, (_, pixel) => `p${pixel}`);
const table = [[...pixels, 'digit', 'even'].join(','), ...rows].join('\n');
writeFileSync(beside('digits-parity.csv.gz'), gzipSync(`${table}\n`, { level: 9 }));
