import { describe, expect, it } from 'vitest';
import { TransferError } from '../../../shared/protocol/errors.ts';
import { fetchReference } from '../../../worker/reference.ts';

const bases = ['version:1.4/reference/f32', 'version:1.5/reference/f32'];
const weights = 'version:1.6/reference/f32';

/** What a member fetches that keeps `kept`; the coordinator lacks what is `missing`. */
async function fetched(kept: string, missing?: TransferError) {
  const asked: string[] = [];
  const fetch = async (id: string): Promise<Uint8Array> => {
    asked.push(id);
    if (missing && id.endsWith('int8')) throw missing;
    return new Uint8Array(1);
  };
  const sent = await fetchReference(weights, { codec: 'int8', bases }, kept, fetch);
  return { asked, sent };
}

describe('to come to the weights of an assignment a member fetches', () => {
  it('nothing, when it keeps them', async () => {
    expect(await fetched(weights)).toEqual({ asked: [], sent: { id: weights, deltas: [] } });
  });

  it('the deltas from what it keeps on', async () => {
    const { asked, sent } = await fetched(bases[1]!);
    expect(asked).toEqual([`${weights}-int8`]);
    expect(sent).toMatchObject({ id: weights, deltas: [{ base: bases[1], id: weights, codec: 'int8' }] });
    expect((await fetched(bases[0]!)).asked).toEqual([`${bases[1]}-int8`, `${weights}-int8`]);
  });

  it.each(['', 'version:1.1/reference/f32', 'version:2.5/reference/f32'])(
    'the whole, when it keeps none of the bases but "%s"',
    async (kept) => {
      const { asked, sent } = await fetched(kept);
      expect(asked).toEqual([weights]);
      expect(sent).toMatchObject({ id: weights, whole: new Uint8Array(1), deltas: [] });
    },
  );

  it('the whole, when the coordinator has a delta no longer', async () => {
    const { asked, sent } = await fetched(bases[1]!, new TransferError('unavailable', 'gone'));
    expect(asked).toEqual([`${weights}-int8`, weights]);
    expect(sent.whole).toBeDefined();
  });

  it('nothing more, when a delta cannot be had for another reason', async () => {
    await expect(fetched(bases[1]!, new TransferError('too-large', 'a bomb'))).rejects.toThrow('a bomb');
  });
});
