/**
 * A JPEG or PNG without what a camera notes about which side is up: browsers turn a photo as its EXIF data say, whatever they are asked
 * for, and Node does not. All participants must see the same pixels. Anything else is returned as it is.
 */
export function asStored(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 4 && view.getUint16(0) === 0xffd8) return withoutApp1(bytes, view);
  if (bytes.length >= 8 && view.getUint32(0) === 0x89504e47) return withoutExif(bytes, view);
  return [bytes];
}

const APP1 = 0xffe1;
const START_OF_SCAN = 0xffda;
const FILL = 0xffff;

/** A JPEG's segments before the first scan, but those of EXIF (ITU-T T.81, B.1.1; CIPA DC-008, 4.7). */
function withoutApp1(bytes: Uint8Array<ArrayBuffer>, view: DataView): Uint8Array<ArrayBuffer>[] {
  const parts = [bytes.subarray(0, 2)];
  let at = 2;
  while (at + 4 <= bytes.length) {
    const marker = view.getUint16(at);
    // Any number of these may stand before a marker.
    if (marker === FILL) {
      at++;
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    if (marker < 0xffc0 || marker === START_OF_SCAN || end > bytes.length) break;
    if (marker !== APP1) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return [...parts, bytes.subarray(at)];
}

const EXIF = 0x65584966;

/** A PNG's chunks but `eXIf` (ISO/IEC 15948, 5.3 and 11.3). */
function withoutExif(bytes: Uint8Array<ArrayBuffer>, view: DataView): Uint8Array<ArrayBuffer>[] {
  const parts = [bytes.subarray(0, 8)];
  let at = 8;
  while (at + 12 <= bytes.length) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) break;
    if (view.getUint32(at + 4) !== EXIF) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return [...parts, bytes.subarray(at)];
}
