import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeHasher } from '../../../node/hasher.ts';
import { slicePieces } from '../../../shared/parameters/pieces.ts';
import { isBlobId, isContentId, versionedId } from '../../../shared/protocol/blob-id.ts';
import { PiecewisePayload } from '../../../shared/protocol/payload.ts';
import { joined, pseudoRandomBytes } from './harness.ts';

describe('PiecewisePayload', () => {
  it('holds what came, whatever the lengths of the chunks, also when the sender uses its buffer again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 32_000, max: 34_000 })), {
          minLength: 1,
          maxLength: 40,
        }),
        fc.nat(1000),
        fc.nat(1000),
        (lengths, a, b) => {
          const size = lengths.reduce((sum, length) => sum + length, 0);
          const whole = pseudoRandomBytes(size, 7);
          const payload = new PiecewisePayload(size, nodeHasher);
          let offset = 0;
          for (const length of lengths) {
            const data = whole.slice(offset, offset + length);
            const chunk = {
              type: 'chunk',
              transfer: 1,
              offset,
              data,
              crc32: nodeHasher.crc32(data),
            } as const;
            expect(payload.append(chunk)).toBe('added');
            // Short chunks are copied.
            if (length < 1000) data.fill(0);
            offset += length;
          }
          expect(payload.complete).toBe(true);
          expect(Buffer.compare(joined(payload.pieces), whole)).toBe(0);
          const [start, end] = [Math.min(a, b) % size, (Math.max(a, b) % size) + 1];
          expect([...joined(slicePieces(payload.pieces, start, end))]).toEqual([...whole.slice(start, end)]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('gathers short chunks: a million of one byte each are not a million pieces', () => {
    const size = 100_000;
    const payload = new PiecewisePayload(size, nodeHasher);
    const data = new Uint8Array(1);
    const crc32 = nodeHasher.crc32(data);
    for (let offset = 0; offset < size; offset++)
      payload.append({ type: 'chunk', transfer: 1, offset, data, crc32 });
    expect(payload.complete).toBe(true);
    expect(payload.pieces.length).toBe(Math.ceil(size / (32 << 10)));
  });
});

describe('blob ids', () => {
  it('are a hash or a version, and nothing else', () => {
    expect(isContentId('0'.repeat(64))).toBe(true);
    expect(isBlobId(versionedId(3, 17, 'parameters', 'f32'))).toBe(true);
    expect(isContentId(versionedId(3, 17, 'parameters', 'f32'))).toBe(false);
    for (const id of [
      '',
      'abc',
      '0'.repeat(63),
      'G'.repeat(64),
      'version:',
      'version:1.2/',
      'version:1/x',
      'version:1.2/a b',
    ]) {
      expect(isBlobId(id)).toBe(false);
    }
  });
});
