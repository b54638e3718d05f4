import { afterAll, expect, it } from 'vitest';
import type { OwnWork } from '../../../shared/protocol/assignment.ts';
import type { Remembered, WorkOrder } from '../../../worker/trainer/work-order.ts';
import { client, closeTrainers, HEAD, linear, shifted } from './linear.ts';

afterAll(closeTrainers);

/** Everything that can be remembered at once. */
const STATE = {
  personal: true,
  beside: true,
  moments: true,
  vectors: ['server.control', 'member.control', 'change.control', 'member.dual'],
};
const WORK: OwnWork = {
  kind: 'own',
  epochs: 2,
  batch: 4,
  keepsOptimizer: true,
  beside: { epochs: 1, proximal: 0.1 },
};
const ORDER: Partial<WorkOrder> = {
  local: HEAD,
  terms: { corrections: [{ vector: 'dual', owner: 'member', coefficient: -1 }] },
  sections: [
    { name: 'control', make: 'control' },
    { name: 'dual', make: 'dual', coefficient: 0.1 },
  ],
};
const options = { state: STATE, optimizer: '{ adam: { learning-rate: 0.01 } }' };

it('two clients in turn on one trainer compute what two trainers do, bit for bit', async () => {
  const clients = [await client(1, 22), await client(2, 9, 0)];
  const apart = await Promise.all(clients.map((one) => linear(one, options)));
  const together = await linear(clients[0]!, options);
  const memory = together.trainer.context.parameters.view.buffer;
  const remembered: Remembered[] = [new Map(), new Map()];
  for (const round of [0, 1, 2]) {
    for (const [index, one] of clients.entries()) {
      together.trainer.swap(one, remembered[index]!);
      const weights = shifted(together, 0.01 * round);
      const [done, expected] = [
        await together.run(WORK, { ...ORDER, round, weights }),
        await apart[index]!.run(WORK, { ...ORDER, round, weights }),
      ];
      expect(done.sections).toEqual(expected.sections);
      remembered[index] = together.trainer.snapshot();
      expect(remembered[index]).toEqual(apart[index]!.trainer.snapshot());
    }
  }
  expect([...remembered[0]!.keys()].sort()).toEqual(
    [
      'beside',
      'member.control',
      'member.dual',
      'optimizer.m',
      'optimizer.steps',
      'optimizer.v',
      'personal',
    ].sort(),
  );
  expect(together.trainer.context.parameters.view.buffer).toBe(memory);
});

it('a client that has nothing yet gets nothing of the one before it', async () => {
  const [first, second] = [await client(1, 22), await client(2, 12)];
  const [swapped, fresh] = [await linear(first, options), await linear(second, options)];
  await swapped.run(WORK, ORDER);
  swapped.trainer.swap(second, new Map());
  expect((await swapped.run(WORK, ORDER)).sections).toEqual((await fresh.run(WORK, ORDER)).sections);
});

it('what was remembered of another model is refused', async () => {
  const { trainer } = await linear(await client(1, 22), options);
  expect(() => trainer.restore(new Map([['beside', new Float32Array(3)]]))).toThrow(
    "the state's 'beside' has 3 values, the model 20",
  );
});
