import { OnnxFormatError } from '../../shared/onnx/errors.ts';
import {
  encodeList,
  MOST_LIST_BYTES,
  type PieceList,
  parseList,
  placesOf,
} from '../../shared/onnx/pieces/piece-list.ts';
import { checkReferred, referredBy } from '../../shared/onnx/pieces/referred.ts';
import type { BlobId } from '../../shared/protocol/blob-id.ts';
import type { FrozenStore, FrozenWeights } from './frozen-store.ts';

/** @param most bytes that it may have: one that is announced with more is not taken */
export type Fetch = (id: BlobId, most?: number) => Promise<Uint8Array>;

/** Frozen weights that a model refers to, and that are not fetched yet. */
export interface FrozenList {
  readonly id: string;
  readonly list: PieceList;
}

/** So many pieces are on their way at once: what waits at either end is a few megabytes. */
const AT_ONCE = 4;

/**
 * What a model refers to, after it was compared with the list that it names.
 *
 * @param model as it came from the coordinator; its hash was compared
 * @returns undefined where it holds all of its weights
 * @throws OnnxFormatError where it refers to anything else, or to more than there is
 */
export async function frozenListOf(model: Uint8Array, fetch: Fetch): Promise<FrozenList | undefined> {
  const referred = referredBy(model);
  if (referred === undefined) return undefined;
  const list = parseList(await fetch(referred.id, MOST_LIST_BYTES));
  checkReferred(referred, list);
  return { id: referred.id, list };
}

/** Bytes that are sent for it. */
export function fetchedBytes({ list }: FrozenList): number {
  return placesOf(list).reduce((sum, { length }) => sum + length, encodeList(list).length);
}

/**
 * Fetches the pieces of a model's frozen weights into the store, a few at a time and equal ones once.
 *
 * @param progress called after each piece, with the bytes that are there
 * @throws FolderError, or what the store throws, where there is no room for them
 */
export async function fetchFrozen(
  { id, list }: FrozenList,
  { fetch, store, progress }: { fetch: Fetch; store: FrozenStore; progress(bytes: number, of: number): void },
): Promise<FrozenWeights> {
  const wanted = placesOf(list).values();
  const room = await store.make(id, list.bytes);
  let there = 0;
  progress(there, list.bytes);
  let isLost = false;
  const carry = async (): Promise<void> => {
    for (const { hash, length, offsets } of wanted) {
      if (isLost) return;
      const piece = await fetch(hash, length);
      if (piece.length !== length)
        throw new OnnxFormatError(`a piece of the model has ${piece.length} bytes, its list says ${length}`);
      for (const offset of offsets) await room.put(offset, piece);
      there += length * offsets.length;
      progress(there, list.bytes);
    }
  };
  const lose = (error: unknown): never => {
    isLost = true;
    throw error;
  };
  // Those beside one that fails are waited for, and fetch no more: nothing is written to a store that was let go of.
  const carried = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => carry().catch(lose)));
  const failed = carried.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return room.finish();
}
