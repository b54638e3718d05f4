import type { Delta } from '../shared/parameters/reference.ts';
import { type BlobId, deltaId } from '../shared/protocol/blob-id.ts';
import { TransferError } from '../shared/protocol/errors.ts';
import type { AssignmentMessage } from '../shared/protocol/messages.ts';
import type { SentReference } from './trainer/work-order.ts';

/**
 * What leads from the weights that are kept to those of an assignment: nothing, deltas, or those weights whole. The coordinator cannot
 * make a member add a delta to other weights than its own: where none of the bases is what is kept, it asks for the whole.
 *
 * @param weights id of the assignment's
 * @param kept id of those that are kept; empty for none
 * @throws TransferError when neither can be had
 */
export async function fetchReference(
  weights: BlobId,
  { codec, bases }: NonNullable<AssignmentMessage['reference']>,
  kept: BlobId,
  fetch: (id: BlobId) => Promise<Uint8Array>,
): Promise<SentReference> {
  if (weights === kept) return { id: weights, deltas: [] };
  const whole = async (): Promise<SentReference> => ({
    id: weights,
    whole: await fetch(weights),
    deltas: [],
  });
  const from = bases.indexOf(kept);
  if (from < 0) return whole();
  const path = [...bases.slice(from), weights];
  try {
    const deltas = await Promise.all(
      path.slice(1).map(async (id, step): Promise<Delta> => {
        const bytes = await fetch(deltaId({ id, codec }));
        return { base: path[step]!, id, codec, bytes };
      }),
    );
    return { id: weights, deltas };
  } catch (error) {
    // The coordinator keeps a few only.
    if (error instanceof TransferError && error.code === 'unavailable') return whole();
    throw error;
  }
}
