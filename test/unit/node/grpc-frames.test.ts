import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, prefixOf } from '../../../node/transports/grpc-frames.ts';

const LIMIT = 1000;

function framed(messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(messages.flatMap((message) => [prefixOf(message.length), Buffer.from(message)]));
}

describe('FrameReader', () => {
  it('gives the messages back, however the stream is cut', () => {
    const message = fc.uint8Array({ maxLength: LIMIT });
    const property = fc.property(
      fc.array(message, { maxLength: 8 }),
      fc.array(fc.nat({ max: 64 }), { minLength: 1 }),
      (messages, cuts) => {
        const read: Uint8Array[] = [];
        const reader = new FrameReader(LIMIT, (bytes) => read.push(bytes));
        const stream = framed(messages);
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const end = at + 1 + cuts[turn % cuts.length]!;
          reader.push(stream.subarray(at, end));
          at = end;
        }
        expect(read.map((bytes) => Buffer.from(bytes))).toEqual(messages.map((bytes) => Buffer.from(bytes)));
      },
    );
    fc.assert(property);
  });

  it('keeps a message apart from what it came in, which may be used again', () => {
    const read: Uint8Array[] = [];
    const stream = framed([Uint8Array.of(1, 2, 3)]);
    new FrameReader(LIMIT, (bytes) => read.push(bytes)).push(stream);
    stream.fill(0xff);
    expect([...read[0]!]).toEqual([1, 2, 3]);
    // Small ones share a slab of Node's, so that one that is kept keeps no more than that alive.
    expect(read[0]!.buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize);
  });

  it('refuses a message above the limit by its length alone', () => {
    const reader = new FrameReader(LIMIT, () => expect.unreachable());
    expect(() => reader.push(prefixOf(LIMIT + 1))).toThrow(
      expect.objectContaining({ code: 'too-large', message: expect.stringContaining('limit of 1000') }),
    );
  });

  it('refuses a compressed message', () => {
    const reader = new FrameReader(LIMIT, () => expect.unreachable());
    expect(() => reader.push(Buffer.from([1, 0, 0, 0, 1, 7]))).toThrow(
      expect.objectContaining({ code: 'protocol', message: expect.stringContaining('compressed') }),
    );
  });
});
