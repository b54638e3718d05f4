import { Sha256 } from '../sha256.ts';
import { crc32 } from './crc32.ts';

/** A SHA-256 under way. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  /**
   * The hash in lower-case hexadecimal.
   *
   * @param whole All bytes given to `update`, in one piece, for implementations that only take them so.
   */
  finish(whole: Uint8Array): string | Promise<string>;
}

/** Checksums as fast as the platform has them. */
export interface Hasher {
  crc32(bytes: Uint8Array): number;
  sha256(): RunningHash;
}

/** Checksums that run anywhere: `crypto.subtle` where there is one (secure pages), else plain JavaScript. */
export const portableHasher: Hasher = {
  crc32,
  sha256: () => (globalThis.crypto?.subtle ? subtleSha256() : plainSha256()),
};

function plainSha256(): RunningHash {
  const hash = new Sha256();
  return { update: (bytes) => hash.update(bytes), finish: () => hash.hex() };
}

function subtleSha256(): RunningHash {
  return {
    update: () => undefined,
    async finish(whole) {
      const digest = await crypto.subtle.digest('SHA-256', whole as Uint8Array<ArrayBuffer>);
      return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    },
  };
}

/** The SHA-256 of bytes, in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array, hasher: Hasher = portableHasher): Promise<string> {
  const hash = hasher.sha256();
  hash.update(bytes);
  return await hash.finish(bytes);
}
