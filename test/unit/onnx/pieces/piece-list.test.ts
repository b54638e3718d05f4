import { describe, expect, it } from 'vitest';
import {
  encodeList,
  MOST_LIST_BYTES,
  type PieceList,
  parseList,
  placesOf,
} from '../../../../shared/onnx/pieces/piece-list.ts';

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];
const LIST: PieceList = { bytes: 2500, pieceBytes: 1024, pieces: [A, A, B] };

const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe('a list of pieces', () => {
  it('is read as it was written, and the same one gives the same bytes', () => {
    expect(parseList(encodeList(LIST))).toEqual(LIST);
    expect(encodeList({ pieces: LIST.pieces, pieceBytes: 1024, bytes: 2500 })).toEqual(encodeList(LIST));
  });

  it('says where each piece belongs: equal ones are fetched once', () => {
    expect(placesOf(LIST)).toEqual([
      { hash: A, length: 1024, offsets: [0, 1024] },
      { hash: B, length: 452, offsets: [2048] },
    ]);
  });

  it.each([
    [
      'fewer pieces than its bytes are',
      { ...LIST, pieces: [A, B] },
      '2500 bytes are 3 pieces of 1024, and it names 2',
    ],
    ['more pieces than its bytes are', { ...LIST, pieces: [A, A, B, B] }, 'it names 4'],
    ['no pieces', { ...LIST, bytes: 1, pieces: [] }, 'pieces: '],
    ['no bytes', { ...LIST, bytes: 0 }, 'bytes: '],
    ['negative bytes', { ...LIST, bytes: -1024 }, 'bytes: '],
    ['half a byte', { ...LIST, bytes: 2500.5 }, 'bytes: '],
    ['bytes that cannot be counted', { ...LIST, bytes: 1e300 }, 'bytes: '],
    ['pieces of a byte', { ...LIST, bytes: 3, pieceBytes: 1 }, 'pieceBytes: '],
    ['pieces of gigabytes', { bytes: 2 ** 40, pieceBytes: 2 ** 40, pieces: [A] }, 'pieceBytes: '],
    ['a hash that is a path', { ...LIST, pieces: [A, '../../etc/passwd', B] }, 'pieces.1: '],
    ['a hash in capitals', { ...LIST, pieces: [A, A, 'B'.repeat(64)] }, 'pieces.2: '],
    ['more than it is to have', { ...LIST, path: '/' }, 'Unrecognized key'],
    ['an array', [LIST], 'expected object'],
  ])('with %s is refused', (_, list, message) => {
    expect(() => parseList(text(list))).toThrow(message);
  });

  it('that is no JSON, no text or too long is refused', () => {
    expect(() => parseList(new TextEncoder().encode('{'))).toThrow('it is not JSON');
    expect(() => parseList(Uint8Array.of(0xff))).toThrow('it is not JSON');
    expect(() => parseList(new Uint8Array(MOST_LIST_BYTES + 1))).toThrow(
      `it has ${MOST_LIST_BYTES + 1} bytes`,
    );
  });

  it('of more pieces than anybody has is refused', () => {
    const pieces = Array.from({ length: 2 ** 15 + 1 }, () => A);
    expect(() => parseList(text({ bytes: pieces.length * 1024, pieceBytes: 1024, pieces }))).toThrow(
      'pieces: ',
    );
  });

  it('in which the shorter last piece is another one is refused', () => {
    expect(() => placesOf({ ...LIST, pieces: [A, B, A] })).toThrow('piece 2');
  });
});
