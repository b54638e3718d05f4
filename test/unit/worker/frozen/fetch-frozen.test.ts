import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeList } from '../../../../shared/onnx/pieces/piece-list.ts';
import { fetchedBytes, fetchFrozen } from '../../../../worker/frozen/fetch-frozen.ts';
import { FrozenOnDisk } from '../../../../worker/frozen/frozen-on-disk.ts';
import { FrozenInMemory, type FrozenStore } from '../../../../worker/frozen/frozen-store.ts';
import { temporaryFolder } from '../../../support/digits.ts';
import { smallDisk } from '../../../support/small-disk.ts';

const PIECE = 1024;
const content = Uint8Array.from({ length: 20 * PIECE + 100 }, (_, i) => (i < 5 * PIECE ? 0 : (i * 31) % 251));
const pieces = Array.from({ length: 21 }, (_, i) => content.slice(i * PIECE, (i + 1) * PIECE));
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const byHash = new Map(pieces.map((piece) => [hashOf(piece), piece]));
const list = { bytes: content.length, pieceBytes: PIECE, pieces: pieces.map(hashOf) };
const frozen = { id: hashOf(encodeList(list)), list };
const silent = (): void => {};

/** Pieces that come back in another order than they were asked for. */
function sender(): { fetch(id: string, most?: number): Promise<Uint8Array>; readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    fetch: async (id) => {
      asked.push(id);
      for (let turns = asked.length % 3; turns > 0; turns--) await Promise.resolve();
      return byHash.get(id)!;
    },
  };
}

describe('frozen weights', () => {
  it.each<[string, () => FrozenStore]>([
    ['a file', () => new FrozenOnDisk(temporaryFolder())],
    ['memory', () => new FrozenInMemory()],
  ])('are put together in %s, equal pieces fetched once', async (_, make) => {
    const store = make();
    const { fetch, asked } = sender();
    const told: number[] = [];
    const got = await fetchFrozen(frozen, { fetch, store, progress: (bytes) => told.push(bytes) });
    const bytes = got.kind === 'file' ? new Uint8Array(readFileSync(got.path)) : got.bytes;
    expect(bytes).toEqual(content);
    expect(got.id).toBe(frozen.id);
    expect(asked).toHaveLength(17);
    expect(told[0]).toBe(0);
    expect(told.at(-1)).toBe(content.length);
    expect(fetchedBytes(frozen)).toBe(content.length - 4 * PIECE + encodeList(list).length);
    await store.close();
  });

  it('of which a piece has another length than the list says are refused', async () => {
    const short = { ...list, bytes: list.bytes - 50 };
    const got = fetchFrozen(
      { id: frozen.id, list: short },
      { ...sender(), store: new FrozenInMemory(), progress: silent },
    );
    await expect(got).rejects.toThrow('a piece of the model has 100 bytes, its list says 50');
  });

  it('that do not come fail with the reason, and no piece is put behind it', async () => {
    let put = 0;
    const store: FrozenStore = {
      make: async () => ({
        put: async () => void put++,
        finish: () => Promise.reject(new Error('there is nothing to finish')),
      }),
      close: async () => {},
    };
    const { fetch } = sender();
    let [left, asked] = [6, 0];
    const failing = async (id: string): Promise<Uint8Array> => {
      asked++;
      if (left-- === 0) throw new Error('the coordinator has no such blob');
      return fetch(id);
    };
    await expect(fetchFrozen(frozen, { fetch: failing, store, progress: silent })).rejects.toThrow(
      'no such blob',
    );
    const then = put;
    await new Promise((resolve) => setImmediate(resolve));
    expect(put).toBe(then);
    // Those that were on their way beside it, and no more.
    expect(asked).toBeLessThanOrEqual(6 + 4);
  });

  it('are beside the rows while they are needed, and gone then', async () => {
    const cache = temporaryFolder();
    const left = join(cache, `weights-${hostname().replace(/[^A-Za-z0-9]/g, '_')}-999999999-old`);
    const others = join(cache, 'weights-another_machine-999999999-old');
    for (const folder of [left, others]) mkdirSync(folder);
    const store = new FrozenOnDisk(cache);
    await fetchFrozen(frozen, { ...sender(), store, progress: silent });
    // What a process left that was killed goes; what another machine's processes have here stays.
    expect(readdirSync(cache)).toHaveLength(2);
    await store.close();
    expect(readdirSync(cache)).toEqual(['weights-another_machine-999999999-old']);
  });

  it('for which the disk has no room are not fetched, and the message names the folder', async () => {
    const disk = smallDisk('16k');
    if (!disk)
      return void console.log('SKIPPED: a full disk for frozen weights: no file system may be mounted here');
    const store = new FrozenOnDisk(disk.path);
    const { fetch, asked } = sender();
    const got = fetchFrozen(frozen, { fetch, store, progress: silent });
    await expect(got).rejects.toThrow(
      new RegExp(
        `take 1 MB in ${disk.path}, and .* free there\\. Free some, or name another folder: --cache FOLDER`,
      ),
    );
    expect(asked).toEqual([]);
    await store.close();
    disk.unmount();
  });

  it('for which memory does not suffice fail with what to do', async () => {
    await expect(new FrozenInMemory().make('x', 2 ** 52)).rejects.toThrow('take part with a Node worker');
  });
});
