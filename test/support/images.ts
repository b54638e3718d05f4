import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import jpeg from 'jpeg-js';
import { encodePng } from '../../node/images/png.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/** A PNG of one colour. */
export function plainPng(width: number, height: number, colour: Colour): Buffer {
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, index) => colour[index % 3]!);
  return encodePng({ width, height, channels: 3, pixels });
}

/** A JPEG of one colour, which it keeps to a few units. */
export function plainJpeg(width: number, height: number, colour: Colour): Buffer {
  const data = Uint8Array.from({ length: width * height * 4 }, (_, index) => [...colour, 255][index % 4]!);
  return jpeg.encode({ width, height, data }, 95).data;
}

/** Writes files by their paths below a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** Images of two classes that a small network tells apart: reds and blues, of several sizes, as PNG and as JPEG. */
export function redsAndBlues(folder: string, each: number): void {
  for (let index = 0; index < each; index++) {
    const [bright, dark] = [150 + ((index * 37) % 100), (index * 23) % 100];
    const [width, height] = [6 + (index % 5), 6 + (index % 3)];
    const [plain, ending] = index % 2 === 0 ? [plainPng, 'png'] : [plainJpeg, 'jpg'];
    writeFiles(folder, {
      [`red/${index}.${ending}`]: plain(width, height, [bright, dark, dark]),
      [`blue/${index}.${ending}`]: plain(width, height, [dark, dark, bright]),
    });
  }
}
