import { crc32, inflateSync } from 'node:zlib';

/** Reads a PNG of 8 bits a channel with unfiltered rows, and checks what the specification asks of it. */
export function readPng(file: Uint8Array): {
  width: number;
  height: number;
  channels: number;
  pixels: Buffer;
} {
  const bytes = Buffer.from(file);
  if (bytes.subarray(0, 8).toString('latin1') !== '\x89PNG\r\n\x1a\n') throw new Error('no PNG signature');
  const chunks: [string, Buffer][] = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const body = bytes.subarray(at + 4, at + 8 + length);
    if (crc32(body) !== bytes.readUInt32BE(at + 8 + length)) throw new Error(`wrong checksum at ${at}`);
    chunks.push([body.subarray(0, 4).toString('latin1'), body.subarray(4)]);
    at += 12 + length;
  }
  const names = chunks.map(([name]) => name).join();
  if (names !== 'IHDR,IDAT,IEND') throw new Error(`chunks ${names}`);
  const header = chunks[0]![1];
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = { 0: 1, 2: 3 }[header[9]!];
  if (channels === undefined || header[8] !== 8) throw new Error('not 8 bits of grey or RGB');
  const row = width * channels;
  const lines = inflateSync(chunks[1]![1]);
  if (lines.length !== (row + 1) * height) throw new Error(`${lines.length} bytes of rows`);
  const pixels = Buffer.alloc(row * height);
  for (let y = 0; y < height; y++) {
    if (lines[y * (row + 1)] !== 0) throw new Error(`row ${y} is filtered`);
    lines.copy(pixels, y * row, y * (row + 1) + 1, (y + 1) * (row + 1));
  }
  return { width, height, channels, pixels };
}
