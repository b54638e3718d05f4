/** What the first bytes of an image file say. */
export interface ImageSize {
  readonly kind: 'png' | 'jpeg';
  /** Pixels; 0 where the file ends before it says. */
  readonly width: number;
  readonly height: number;
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Size of a PNG (ISO/IEC 15948, chunk IHDR) or JPEG (ITU-T T.81, the frame header) without decoding it: a file of a few
 * kilobytes may claim gigabytes of pixels.
 *
 * @returns undefined for a file of another kind
 */
export function imageSize(bytes: Uint8Array): ImageSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (PNG.every((byte, index) => bytes[index] === byte)) {
    if (bytes.length < 24) return { kind: 'png', width: 0, height: 0 };
    return { kind: 'png', width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff)
    return { kind: 'jpeg', ...frameSize(view) };
  return undefined;
}

/** Goes from segment to segment until one begins a frame. */
function frameSize(view: DataView): { width: number; height: number } {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) break;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      // A byte that fills up.
      at += 1;
      continue;
    }
    // SOF0 to SOF15, of which three numbers are tables: Huffman's, an extension's, arithmetic coding's.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    const isAlone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += isAlone ? 2 : 2 + view.getUint16(at + 2);
  }
  return { width: 0, height: 0 };
}
