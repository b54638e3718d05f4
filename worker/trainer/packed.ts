import { joinPieces } from '../../shared/parameters/pieces.ts';
import { type Hasher, sha256 } from '../../shared/protocol/hasher.ts';
import type { WorkResult } from './work-order.ts';

/** An update as it leaves: the bytes of its sections are stretches of one payload, one behind the other. */
export interface PackedResult extends WorkResult {
  readonly payload: Uint8Array;
  /** SHA-256 of the payload in lower-case hexadecimal, where it was asked for. */
  readonly hash?: string;
}

/**
 * Done where the bytes are made: copying and hashing a hundred megabytes would hold up the heartbeats of the thread that sends them.
 *
 * @param hasher left out: the payload is not hashed
 */
export async function pack(result: WorkResult, hasher?: Hasher): Promise<PackedResult> {
  const payload = joinPieces(result.sections.map(({ bytes }) => bytes));
  let offset = 0;
  const sections = result.sections.map((section) => {
    const bytes = payload.subarray(offset, offset + section.bytes.length);
    offset += bytes.length;
    return { ...section, bytes };
  });
  const packed = { ...result, sections, payload };
  return hasher ? { ...packed, hash: await sha256(payload, hasher) } : packed;
}
