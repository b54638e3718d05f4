import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Hasher } from '../shared/protocol/hasher.ts';

/** Node's native checksums: about 3.5 GB/s for CRC-32 and 1.5 GB/s for SHA-256 where the processor helps. */
export const nodeHasher: Hasher = {
  crc32: (bytes) => crc32(bytes),
  sha256() {
    const hash = createHash('sha256');
    return {
      update: (bytes) => {
        hash.update(bytes);
      },
      finish: () => hash.digest('hex'),
    };
  },
};
