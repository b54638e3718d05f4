import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { build } from 'esbuild';
import jpeg from 'jpeg-js';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../../node/images/decode-image.ts';
import { encodePng } from '../../node/images/png.ts';
import { exampleOf } from '../../shared/data/images/image-job.ts';
import { imageForm } from '../../shared/data/images/resize.ts';
import { CHROMIUM, launchChromium, newPage, sayNoChromium } from '../support/chromium.ts';
import { temporaryFolder } from '../support/digits.ts';

if (!CHROMIUM) sayNoChromium('images as a page reads them');

const [WIDTH, HEIGHT] = [32, 16];
const FORM = imageForm([3, 4, 8], 255)!;

/** Red on the left, blue on the right: turned, it would be one above the other. */
function pixels(channels: 3 | 4): Uint8Array {
  const [red, blue] = [
    [250, 10, 10, 255],
    [10, 10, 250, 255],
  ] as const;
  return Uint8Array.from({ length: WIDTH * HEIGHT * channels }, (_, index) => {
    const column = Math.floor(index / channels) % WIDTH;
    return (column < WIDTH / 2 ? red : blue)[index % channels]!;
  });
}

/** A camera's note (CIPA DC-008, "Exif", 4.6.4): one tag, 0x0112 orientation; 6 says that the picture is to be turned to the right. */
function note(orientation: number): Buffer {
  const tiff = Buffer.alloc(26);
  tiff.write('MM\0*', 'latin1');
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(1, 8);
  tiff.writeUInt16BE(0x0112, 10);
  tiff.writeUInt16BE(3, 12);
  tiff.writeUInt32BE(1, 14);
  tiff.writeUInt16BE(orientation, 18);
  return tiff;
}

function turnedJpeg(): Buffer {
  const { data } = jpeg.encode({ width: WIDTH, height: HEIGHT, data: pixels(4) }, 95);
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), note(6)]);
  const head = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
  // A comment first, as some writers have it.
  const comment = Buffer.from([0xff, 0xfe, 0, 4, 0x68, 0x69]);
  return Buffer.concat([data.subarray(0, 2), comment, head, exif, data.subarray(2)]);
}

function turnedPng(): Buffer {
  const png = encodePng({ width: WIDTH, height: HEIGHT, channels: 3, pixels: pixels(3) });
  const body = Buffer.concat([Buffer.from('eXIf', 'latin1'), note(6)]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length - 4);
  check.writeUInt32BE(crc32(body));
  // Signature and header come first.
  return Buffer.concat([png.subarray(0, 33), length, body, check, png.subarray(33)]);
}

describe.runIf(CHROMIUM)('a photo that its camera says is to be turned', () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
    page = await newPage(browser);
    const source = fileURLToPath(new URL('../../worker/browser/images/read-image.ts', import.meta.url));
    const { outputFiles } = await build({
      ...{ entryPoints: [source], bundle: true, write: false, format: 'iife', globalName: 'images' },
    });
    await page.addScriptTag({ content: outputFiles[0]!.text });
  });
  afterAll(() => browser.close());

  /** The example that the page makes of a file, and the size that the browser itself gives it. */
  function inPage(bytes: Buffer): Promise<{ example: number[]; width: number; height: number }> {
    return page.evaluate(
      async ([base64, form]) => {
        const { readImage } = (
          globalThis as unknown as { images: typeof import('../../worker/browser/images/read-image.ts') }
        ).images;
        const binary = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const file = new File([binary], 'photo');
        const { width, height } = await createImageBitmap(file);
        return { example: [...(await readImage(file, form))], width, height };
      },
      [bytes.toString('base64'), FORM] as const,
    );
  }

  async function inNode(bytes: Buffer): Promise<number[]> {
    const file = join(temporaryFolder(), 'photo');
    writeFileSync(file, bytes);
    return [...exampleOf(await decodeImage(file), FORM)];
  }

  it.each([
    ['JPEG', turnedJpeg()],
    ['PNG', turnedPng()],
  ])('becomes the pixels that are stored, in a page as in Node: %s', async (_kind, bytes) => {
    const { example, width, height } = await inPage(bytes);
    // Else there would be nothing to undo, and this would test nothing.
    expect([width, height]).toEqual([HEIGHT, WIDTH]);
    const own = await inNode(bytes);
    expect(example).toHaveLength(own.length);
    // Two decoders of JPEG round differently.
    for (const [at, value] of example.entries()) expect(Math.abs(value - own[at]!)).toBeLessThan(8);
    const [red, blue] = [example.slice(0, 32), example.slice(64)];
    for (let at = 0; at < 32; at++) {
      const isLeft = at % 8 < 4;
      expect(red[at]! > 128, `red at ${at}`).toBe(isLeft);
      expect(blue[at]! > 128, `blue at ${at}`).toBe(!isLeft);
    }
  });
});
