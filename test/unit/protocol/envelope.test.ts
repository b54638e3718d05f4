import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decoder } from '../../../shared/protocol/decode.ts';
import { encodeMessage } from '../../../shared/protocol/encode.ts';
import { ProtocolError } from '../../../shared/protocol/errors.ts';
import { tributary } from '../../../shared/protocol/gen/wire.js';
import { DEFAULT_LIMITS } from '../../../shared/protocol/limits.ts';
import type { AssignmentMessage, Message } from '../../../shared/protocol/messages.ts';
import { message, mutated } from './arbitraries.ts';

const decoder = new Decoder(DEFAULT_LIMITS);

/** Plain values: typed arrays of one kind, objects with the usual prototype, no negative zero. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
  }
  return Object.is(value, -0) ? 0 : value;
}

const ASSIGN: { type: 'assign' } & AssignmentMessage = {
  type: 'assign',
  id: 'a1',
  incarnation: 1,
  version: 3,
  round: 4,
  work: { kind: 'gradient', epoch: 0, start: 0, end: 32 },
  deadline: 1,
  terms: {},
  sections: [],
  local: [],
  learningRate: 0.1,
  order: 0,
  weights: 'f'.repeat(64),
  vectors: {},
  codec: 'f32',
  uploadCredit: 0,
};

describe('envelopes', () => {
  it('read back as they were written', () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(plain(decoder.decode(encodeMessage(value)))).toEqual(plain(value));
      }),
      { numRuns: 1000 },
    );
  });

  it('of any bytes at all are a message, nothing, or a ProtocolError', () => {
    const decode = (bytes: Uint8Array): void => {
      try {
        decoder.decode(bytes);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decode), { numRuns: 5000 });
    fc.assert(
      fc.property(message, fc.nat(), (value, seed) => decode(mutated(encodeMessage(value), seed))),
      { numRuns: 5000 },
    );
  });

  it('of a kind that is not known are skipped', () => {
    // Field 99, length-delimited, two bytes.
    expect(decoder.decode(Uint8Array.of(0x9a, 0x06, 0x02, 0x08, 0x01))).toBeUndefined();
    expect(decoder.decode(new Uint8Array(0))).toBeUndefined();
  });

  it('with fields that are not known are read without them', () => {
    const bytes = encodeMessage({ type: 'committed', version: 7 });
    // `committed` is the only field: lengthen it by an unknown field 15 = 1.
    const longer = Uint8Array.of(bytes[0]!, bytes[1]! + 2, ...bytes.subarray(2), 0x78, 0x01);
    expect(decoder.decode(longer)).toEqual({ type: 'committed', version: 7 });
  });

  it('of another protocol version say which, whatever else is in them', () => {
    const hello = tributary.v1.Envelope.encode({ hello: { protocol: 9, name: '' } }).finish();
    expect(decoder.decode(hello)).toEqual({ type: 'foreign-hello', protocol: 9 });
  });

  it.each<[string, Message]>([
    ['learning_rate', { ...ASSIGN, learningRate: Number.NaN }],
    ['deadline', { ...ASSIGN, deadline: Number.NEGATIVE_INFINITY }],
    ['weights', { ...ASSIGN, weights: '../../etc/passwd' }],
    ['vectors', { ...ASSIGN, vectors: { c: 'ABC' } }],
    ['before its start', { ...ASSIGN, work: { kind: 'evaluate', start: 5, end: 4 } }],
    ['assign.local.batch', { ...ASSIGN, work: { kind: 'local', epoch: 0, batch: 0, start: 0, end: 1 } }],
    ['assign.id', { ...ASSIGN, id: 'a b' }],
    ['assign.id', { ...ASSIGN, id: 'x'.repeat(1000) }],
    ['entries', { ...ASSIGN, local: Array.from({ length: 5000 }, () => 'x') }],
    ['assign.bases', { ...ASSIGN, reference: { codec: 'int8', bases: Array(9).fill('f'.repeat(64)) } }],
    ['assign.bases', { ...ASSIGN, reference: { codec: 'int8', bases: ['the one before'] } }],
    ['assign.delta_codec', { ...ASSIGN, reference: { codec: 'top-k' as 'int8', bases: [] } }],
    ['cancel.reason', { type: 'cancel', assignment: 'a1', reason: 'x'.repeat(5000) }],
    ['want.id', { type: 'want', id: '', offset: 0 }],
    ['want.offset', { type: 'want', id: 'a'.repeat(64), offset: 2 ** 52 }],
    ['chunk', { type: 'chunk', transfer: 1, offset: 0, crc32: 0, data: new Uint8Array(0) }],
    ['chunk', { type: 'chunk', transfer: 1, offset: 0, crc32: 0, data: new Uint8Array(300_000) }],
  ])('are refused where %s is wrong', (field, value) => {
    expect(() => decoder.decode(encodeMessage(value))).toThrow(ProtocolError);
    expect(() => decoder.decode(encodeMessage(value))).toThrow(field);
  });

  it('are refused where an enum is unspecified, or work is missing', () => {
    const refuse = tributary.v1.Envelope.encode({ refuse: { message: 'x' } }).finish();
    expect(() => decoder.decode(refuse)).toThrow('refuse.code has the unknown value 0');
    const assign = tributary.v1.Envelope.encode({ assign: { id: 'a' } }).finish();
    expect(() => decoder.decode(assign)).toThrow('assign has no work');
  });

  it('are refused where sections do not add up', () => {
    const offer = (floats: number, bytes: number, size: number): Uint8Array =>
      tributary.v1.Envelope.encode({
        offer: {
          transfer: 1,
          size,
          update: { run: 'r', assignment: 'a', sections: [{ name: 'parameters', codec: 1, floats, bytes }] },
        },
      }).finish();
    expect(() => decoder.decode(offer(2, 8, 8))).not.toThrow();
    expect(() => decoder.decode(offer(2, 9, 9))).toThrow('2 floats as f32 do not take 9 bytes');
    expect(() => decoder.decode(offer(2, 8, 12))).toThrow('take 8 bytes, the offer says 12');
  });

  it('keep control characters out of messages for people', () => {
    const bytes = encodeMessage({ type: 'leaving', reason: 'bye\u001b[2Jbye' });
    expect(decoder.decode(bytes)).toEqual({ type: 'leaving', reason: 'bye [2Jbye' });
  });

  it('keep a map key such as __proto__ a key', () => {
    const welcome = tributary.v1.Envelope.encode({
      welcome: {
        protocol: 1,
        run: 'r',
        runName: 'n',
        member: 'm',
        heartbeatMs: 1,
        chunkBytes: 1,
        blobs: JSON.parse(`{"__proto__x": "${'a'.repeat(64)}"}`),
      },
    }).finish();
    const decoded = decoder.decode(welcome);
    expect(decoded?.type === 'welcome' && Object.keys(decoded.blobs)).toEqual(['__proto__x']);
  });
});
