import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Decoder } from '../../../shared/protocol/decode.ts';
import { encodeMessage } from '../../../shared/protocol/encode.ts';
import { chunkHead, encodeChunk } from '../../../shared/protocol/encode-chunk.ts';
import { DEFAULT_LIMITS } from '../../../shared/protocol/limits.ts';

const decoder = new Decoder(DEFAULT_LIMITS);

const chunk = fc.record({
  transfer: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  offset: fc.oneof(fc.nat(), fc.maxSafeNat()),
  crc32: fc.option(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { nil: undefined }),
  data: fc.uint8Array({ minLength: 1, maxLength: 1000 }),
});

it('writes a chunk that reads back as it was, into a buffer of any length', () => {
  fc.assert(
    fc.property(chunk, fc.option(fc.nat(2000)), (fields, length) => {
      const buffer = length === null ? undefined : new Uint8Array(length).fill(0xaa);
      const bytes = encodeChunk(fields, buffer);
      const decoded = decoder.decode(bytes);
      expect(decoded).toMatchObject({ ...fields, type: 'chunk', data: expect.anything() });
      expect(decoded?.type === 'chunk' && Uint8Array.from(decoded.data)).toEqual(fields.data);
    }),
  );
});

it('writes the envelope alone, for data that lie elsewhere', () => {
  fc.assert(
    fc.property(chunk, (fields) => {
      const apart = Buffer.concat([chunkHead(fields), fields.data]);
      expect(apart.equals(encodeChunk(fields))).toBe(true);
    }),
  );
});

it('writes the same bytes as the generated code', () => {
  const fields = {
    transfer: 300,
    offset: 2 ** 40 + 7,
    crc32: 0xde_ad_be_ef,
    data: new Uint8Array(300).fill(5),
  };
  expect(Uint8Array.from(encodeChunk(fields))).toEqual(
    Uint8Array.from(encodeMessage({ type: 'chunk', ...fields })),
  );
});
