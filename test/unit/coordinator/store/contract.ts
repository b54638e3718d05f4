import { describe, expect, it } from 'vitest';
import { sumOf } from '../../../../coordinator/store/lives.ts';
import type { BookEntry, Checkpoint, RunStore } from '../../../../coordinator/store/store.ts';
import { elementsOf } from '../../../../shared/onnx/stored-tensor.ts';
import type { Tensor } from '../../../../shared/onnx/tensor.ts';

export const RUN = {
  id: 'r1',
  name: 'digits',
  createdAt: 1_700_000_000_000,
  jobText: 'name: digits\n',
  jobHash: 'j',
  dataHash: 'd',
};

export function checkpointOf(version: number, metrics: Record<string, number> = {}, length = 8): Checkpoint {
  return {
    version,
    round: version * 2,
    optimizerSteps: version * 3,
    cursor: { epoch: 1, position: version },
    random: `state-${version}`,
    vectors: [
      { name: 'parameters', data: Float32Array.from({ length }, (_, i) => version + i / 16) },
      { name: 'optimizer.m', data: new Float32Array(length).fill(-version) },
    ],
    state: { best: version, speeds: [['m1', 2.5]] },
    metrics,
  };
}

export function entryOf(
  assignment: string,
  incarnation: number,
  status: BookEntry['status'] = 'added',
): BookEntry {
  return { incarnation, assignment, member: 'm1', round: 1, baseVersion: 0, status, examples: 32 };
}

/** What every store holds to. `create` makes a run in a new place; `reopen` opens it after its holder is gone. */
export function storeContract(
  name: string,
  create: (retention?: { keep: number; best?: string }) => {
    readonly store: RunStore;
    reopen(): RunStore;
  },
): void {
  describe(`store contract: ${name}`, () => {
    it('says which update of each member was the last that a commit contains', async () => {
      const { store, reopen } = create();
      expect(store.lastCommitted()).toEqual(new Map());
      await store.commit(checkpointOf(1), [entryOf('1-1', 1), { ...entryOf('1-2', 1), member: 'm2' }]);
      await store.commit(checkpointOf(2), [entryOf('1-3', 1)]);
      store.book([entryOf('1-4', 1, 'late')]);
      const expected = new Map([
        ['m1', '1-3'],
        ['m2', '1-2'],
      ]);
      expect(store.lastCommitted()).toEqual(expected);
      store.close();
      expect(reopen().lastCommitted()).toEqual(expected);
    });

    it('adds up what the lives of a run took, each as it said last', () => {
      const { store, reopen } = create();
      expect(store.lives()).toEqual([]);
      const life = { incarnation: 1, seconds: 1, sent: 10, received: 20, phases: { compute: 0.5 } };
      store.recordLife(life);
      store.recordLife({ ...life, seconds: 2, sent: 2 ** 40 });
      store.close();
      const next = reopen();
      next.recordLife({ ...life, incarnation: 2, phases: { compute: 1, wire: 0.25 } });
      expect(next.lives()).toHaveLength(2);
      expect(sumOf(next.lives())).toEqual({
        seconds: 3,
        sent: 2 ** 40 + 10,
        received: 40,
        phases: { compute: 1.5, wire: 0.25 },
      });
    });

    it('gives a committed checkpoint back, to the bit', async () => {
      const { store, reopen } = create();
      expect(store.run).toMatchObject({ ...RUN, incarnation: 1, status: 'running' });
      expect(await store.latest()).toBeUndefined();
      const odd = checkpointOf(1, { loss: Number.NaN, accuracy: 0.5 });
      odd.vectors[0]!.data.set([Number.NaN, Number.POSITIVE_INFINITY, -0, 1e-45]);
      const committed = await store.commit(odd, []);
      expect(committed).toMatchObject({ version: 1, incarnation: 1, round: 2 });
      for (const open of [() => store, reopen]) {
        const opened = open();
        const latest = await opened.latest();
        expect(latest?.committed).toEqual(committed);
        expect(latest?.damaged).toEqual([]);
        expect(latest?.checkpoint).toMatchObject({
          ...odd,
          vectors: expect.anything(),
          metrics: { accuracy: 0.5 },
        });
        for (const [i, { name: vector, data }] of odd.vectors.entries()) {
          const stored = latest!.checkpoint.vectors[i]!;
          expect(stored.name).toBe(vector);
          expect(new Uint32Array(stored.data.buffer, stored.data.byteOffset, stored.data.length)).toEqual(
            new Uint32Array(data.buffer),
          );
        }
        const { vectors, ...rest } = latest!.checkpoint;
        const kept = (await opened.openLatest())!;
        expect(kept).toMatchObject({ committed, damaged: [], checkpoint: rest });
        expect([...kept.checkpoint.vectors.keys()]).toEqual(vectors.map(({ name: vector }) => vector));
        for (const { name: vector, data } of odd.vectors) {
          const bytes = bytesOfTensor(kept.checkpoint.vectors.get(vector)!);
          expect(bytes).toEqual(Buffer.from(data.buffer));
        }
        await kept.checkpoint.close();
        opened.close();
      }
    });

    it('counts an incarnation at each opening', () => {
      const { store, reopen } = create();
      store.close();
      for (const incarnation of [2, 3]) {
        const opened = reopen();
        expect(opened.run.incarnation).toBe(incarnation);
        opened.close();
      }
    });

    it('rolls back at opening what was added and not committed', async () => {
      const { store, reopen } = create();
      store.book([entryOf('a', 1), entryOf('b', 1), entryOf('a', 1, 'duplicate'), entryOf('x', 1, 'late')]);
      await store.commit(checkpointOf(1), [entryOf('a', 1), entryOf('c', 1)]);
      store.book([entryOf('d', 1)]);
      store.close();
      const opened = reopen();
      const books = opened.books().map(({ assignment, status }) => `${assignment} ${status}`);
      expect(books.sort()).toEqual([
        'a committed',
        'a duplicate',
        'b rolled-back',
        'c committed',
        'd rolled-back',
        'x late',
      ]);
      opened.close();
    });

    it('takes the newest version back, with what only it contained, and keeps the last one there is', async () => {
      const { store, reopen } = create();
      const first = await store.commit(checkpointOf(1), [entryOf('a', 1)]);
      const second = await store.commit(checkpointOf(2), [entryOf('b', 1)]);
      expect(store.withdraw(1)).toEqual(second);
      expect(store.withdraw(2)).toEqual(first);
      expect(store.withdraw(1)).toEqual(first);
      expect(store.books().map(({ assignment, status }) => `${assignment} ${status}`)).toEqual([
        'a committed',
        'b rolled-back',
      ]);
      store.close();
      const opened = reopen();
      expect((await opened.latest())?.committed).toEqual(first);
      expect(opened.versions()).toEqual([first]);
      opened.close();
    });

    it('refuses to count one update twice, and leaves the commit before it intact', async () => {
      const { store, reopen } = create();
      const first = await store.commit(checkpointOf(1), [entryOf('a', 1)]);
      await expect(store.commit(checkpointOf(2), [entryOf('b', 1), entryOf('a', 1)])).rejects.toMatchObject({
        code: 'invalid',
      });
      await expect(store.commit(checkpointOf(1), [])).rejects.toMatchObject({ code: 'invalid' });
      expect(() => store.book([entryOf('a', 1)])).toThrow(/Refused while booking/);
      expect(store.books().map((entry) => entry.assignment)).toEqual(['a']);
      expect(store.versions()).toEqual([first]);
      store.close();
      const opened = reopen();
      expect((await opened.latest())?.committed).toEqual(first);
      // The same assignment of a later incarnation is another update.
      await opened.commit(checkpointOf(2), [entryOf('a', 2)]);
      opened.close();
    });

    it('keeps the last two and the best by a metric', async () => {
      const { store } = create({ keep: 2, best: 'accuracy' });
      const accuracies = [0.5, 0.9, 0.7, 0.8, 0.6];
      for (const [i, accuracy] of accuracies.entries())
        await store.commit(checkpointOf(i + 1, { accuracy }), []);
      expect(store.versions().map(({ version }) => version)).toEqual([2, 4, 5]);
      store.close();
    });

    it('judges a version by its own evaluation, a loss by its lowest', async () => {
      const { store } = create({ keep: 1, best: 'loss' });
      const evaluate = (version: number, loss: number): void =>
        store.recordEvaluation({ incarnation: 1, version, round: 1, epoch: 0, at: 5, metrics: { loss } });
      await store.commit(checkpointOf(1, { loss: 0.1 }), []);
      evaluate(1, 3);
      await store.commit(checkpointOf(2, { loss: 0.2 }), []);
      evaluate(2, 1);
      await store.commit(checkpointOf(3, { loss: 2 }), []);
      expect(store.versions().map(({ version }) => version)).toEqual([2, 3]);
      expect(store.evaluations().map(({ metrics }) => metrics)).toEqual([{ loss: 3 }, { loss: 1 }]);
      store.close();
    });

    it('records rounds once each, the replayed one instead of the lost one', () => {
      const { store, reopen } = create();
      for (const round of [1, 2]) store.recordRounds([{ incarnation: 1, round, at: 1, json: { from: 1 } }]);
      store.close();
      const opened = reopen();
      opened.recordRounds([{ incarnation: 2, round: 2, at: 2, json: { from: 2 } }]);
      expect(opened.rounds()).toEqual([
        { round: 1, json: { from: 1 } },
        { round: 2, json: { from: 2 } },
      ]);
      opened.close();
    });

    it('remembers how a run ended', () => {
      const { store, reopen } = create();
      store.finish('completed', 'all epochs done');
      expect(store.run.status).toBe('completed');
      store.close();
      const opened = reopen();
      expect(opened.run).toMatchObject({ status: 'completed', message: 'all epochs done' });
      opened.finish('failed', 'disk full');
      opened.close();
      const resumed = reopen();
      expect(resumed.run).toMatchObject({ status: 'running', message: '' });
      resumed.close();
    });
  });
}

function bytesOfTensor(tensor: Tensor): Buffer {
  return Buffer.concat(
    [...elementsOf(tensor)].map(({ data }) => Buffer.from((data as Float32Array).slice().buffer)),
  );
}
