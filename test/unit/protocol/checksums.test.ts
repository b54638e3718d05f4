import { createHash } from 'node:crypto';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeHasher } from '../../../node/hasher.ts';
import { crc32 } from '../../../shared/protocol/crc32.ts';
import { portableHasher, sha256 } from '../../../shared/protocol/hasher.ts';
import { sameToken } from '../../../shared/protocol/tokens.ts';
import { Sha256 } from '../../../shared/sha256.ts';

const bytes = fc.uint8Array({ maxLength: 400 });

describe('crc32', () => {
  it('has the check value of its definition', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcb_f4_39_26);
  });

  it('is the one of zlib', () => {
    fc.assert(
      fc.property(bytes, (data) => {
        expect(crc32(data)).toBe(zlibCrc32(data));
      }),
    );
  });
});

describe('sha256', () => {
  it('is the one of OpenSSL, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 6 }), (pieces) => {
        const plain = new Sha256();
        const native = createHash('sha256');
        for (const piece of pieces) {
          plain.update(piece);
          native.update(piece);
        }
        expect(plain.hex()).toBe(native.digest('hex'));
      }),
    );
  });

  it('is the same from every hasher', async () => {
    const data = new TextEncoder().encode('abc');
    // FIPS 180-4's example.
    const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(await sha256(data, portableHasher)).toBe(expected);
    expect(await sha256(data, nodeHasher)).toBe(expected);
  });
});

it('compares tokens of any kind', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(sameToken(a, b)).toBe(a === b && a !== '');
      expect(sameToken(a, a)).toBe(a !== '');
    }),
  );
});
