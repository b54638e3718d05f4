import { afterAll, describe, expect, it } from 'vitest';
import { matchingEntries } from '../../../shared/parameters/glob.ts';
import { WorkCancelled } from '../../../worker/trainer/work-order.ts';
import {
  client,
  closeTrainers,
  difference,
  HEAD,
  linear,
  RATE,
  Reference,
  sectionOf,
  send,
  shifted,
} from './linear.ts';

afterAll(closeTrainers);

const member = await client(1, 22);
const OWN = { kind: 'own', epochs: 2, batch: 4 } as const;
const minus = (a: Float64Array, b: Float64Array) => a.map((value, index) => value - b[index]!);

describe('federated averaging on own rows', () => {
  it('takes the steps of plain gradient descent', async () => {
    const { run, layout, initial } = await linear(member);
    const reference = new Reference(member, layout);
    const { w, steps } = reference.train(initial, reference.batches(OWN));
    const done = await run(OWN);
    expect(done.header.steps).toBe(steps);
    expect(difference(sectionOf(done, 'parameters'), minus(initial, w))).toBeLessThan(1e-5);
  });
});

describe('measures of q-FedAvg', () => {
  it('are the loss before the work, over all training rows, and the squared norm of the delta', async () => {
    const { run, layout, initial } = await linear(member);
    const reference = new Reference(member, layout);
    const done = await run(OWN, { measures: ['base-loss', 'delta-squares'] });
    const { sums } = done.header;
    expect(sums['base-denominator']).toBe(member.loader.trainingRows);
    expect(sums['base-loss']! / sums['base-denominator']!).toBeCloseTo(
      reference.loss(initial, reference.trainingRows),
      5,
    );
    const squares = sectionOf(done, 'parameters').reduce((sum, value) => sum + value ** 2, 0);
    expect(sums['delta-squares']).toBeCloseTo(squares, 9);
  });
});

describe('SCAFFOLD', () => {
  it('corrects each gradient and moves its control variate as option II says', async () => {
    const vectors = ['server.control', 'member.control', 'change.control'];
    const { run, layout, initial, trainer } = await linear(member, { state: { vectors } });
    const reference = new Reference(member, layout);
    const c = shifted({ layout, initial: new Float64Array(layout.length) }, 0.02);
    let ci = new Float64Array(layout.length);
    for (const round of [0, 1]) {
      const batches = reference.batches(OWN, round);
      const { w, steps } = reference.train(initial, batches, (g, i) => g + c[i]! - ci[i]!);
      const next = ci.map((value, i) => value - c[i]! + (initial[i]! - w[i]!) / (steps * RATE));
      send(trainer, 'control', c);
      const done = await run(OWN, {
        round,
        terms: {
          corrections: [
            { vector: 'control', owner: 'server', coefficient: 1 },
            { vector: 'control', owner: 'member', coefficient: -1 },
          ],
        },
        sections: [{ name: 'control', make: 'control' }],
      });
      expect(difference(sectionOf(done, 'control'), minus(next, ci))).toBeLessThan(1e-4);
      ci = next;
    }
    expect(difference(trainer.snapshot().get('member.control')!, ci)).toBeLessThan(1e-4);
  });
});

describe('FedDyn', () => {
  it('keeps a dual that moves by coefficient · (w_start − w_end), and sends nothing of it', async () => {
    const alpha = 0.3;
    const { run, layout, initial, trainer } = await linear(member, { state: { vectors: ['member.dual'] } });
    const reference = new Reference(member, layout);
    let dual = new Float64Array(layout.length);
    for (const round of [0, 1]) {
      const { w } = reference.train(
        initial,
        reference.batches(OWN, round),
        (g, i, now) => g + alpha * (now[i]! - initial[i]!) - dual[i]!,
      );
      const done = await run(OWN, {
        round,
        terms: {
          proximal: alpha,
          corrections: [{ vector: 'dual', owner: 'member', coefficient: -1 }],
        },
        sections: [{ name: 'dual', make: 'dual', coefficient: alpha }],
      });
      expect(done.sections.map(({ name }) => name)).toEqual(['parameters']);
      expect(done.header.sections).toEqual(['parameters']);
      expect(difference(sectionOf(done, 'parameters'), minus(initial, w))).toBeLessThan(1e-5);
      dual = dual.map((value, i) => value + alpha * (initial[i]! - w[i]!));
    }
    expect(difference(trainer.snapshot().get('member.dual')!, dual)).toBeLessThan(1e-5);
  });
});

describe('IFCA', () => {
  const state = { vectors: ['server.cluster-1', 'server.cluster-2'] };
  const choices = ['parameters', 'cluster-1', 'cluster-2'];

  it('trains the model of the least loss on the own training rows, and says which one it was', async () => {
    const { run, layout, initial, trainer } = await linear(member, { state });
    const reference = new Reference(member, layout);
    const good = reference.train(initial, reference.batches({ epochs: 5, batch: 4 })).w;
    const bad = shifted({ layout, initial }, 1);
    for (const [best, vectors] of [
      ['cluster-2', { 'cluster-1': bad, 'cluster-2': good }],
      ['cluster-1', { 'cluster-1': good, 'cluster-2': bad }],
    ] as const) {
      for (const [name, values] of Object.entries(vectors)) send(trainer, name, values);
      const done = await run(OWN, { choices });
      expect(done.header.sections).toEqual([best]);
      expect(done.header.sums[`choice-${best}`]).toBe(1);
      const { w } = reference.train(good, reference.batches(OWN));
      expect(difference(sectionOf(done, best), minus(good, w))).toBeLessThan(1e-4);
    }
    for (const name of ['cluster-1', 'cluster-2']) send(trainer, name, bad);
    const own = await run(OWN, { choices, weights: good });
    expect(own.header.sections).toEqual(['parameters']);
    expect(own.header.sums['choice-parameters']).toBe(1);
  });

  it('measures the best by training rows on held-out rows', async () => {
    const { run, layout, initial, trainer } = await linear(member, { state });
    const reference = new Reference(member, layout);
    const good = reference.train(initial, reference.batches({ epochs: 5, batch: 4 })).w;
    send(trainer, 'cluster-1', good);
    send(trainer, 'cluster-2', initial);
    const { header } = await run({ kind: 'evaluate-own' }, { choices });
    expect(header.examples).toBe(member.loader.heldOutRows);
    expect(header.sums['choice-cluster-1']).toBe(1);
    expect(header.sums['loss']! / header.sums['denominator']!).toBeCloseTo(
      reference.loss(good, reference.heldOutRows),
      5,
    );
  });
});

describe('FedPer and FedRep', () => {
  const personal = { personal: true };
  const isHead = (layout: Parameters<typeof matchingEntries>[0]) => {
    const head = new Set<number>();
    for (const { offset, length } of matchingEntries(layout, HEAD))
      for (let index = offset; index < offset + length; index++) head.add(index);
    return (index: number) => head.has(index);
  };

  it('first only the head learns, then only the rest; the head stays at home', async () => {
    const { run, layout, initial, trainer } = await linear(member, { state: personal });
    const reference = new Reference(member, layout);
    const head = isHead(layout);
    const work = { ...OWN, personalEpochs: 3 };
    let start = initial;
    for (const round of [0, 1]) {
      const { w } = reference.train(start, reference.batches(work, round), (g, i, _, { learners }) =>
        head(i) === (learners === 'personal') ? g : 0,
      );
      const done = await run(work, { round, local: HEAD });
      const expected = minus(start, w).map((value, index) => (head(index) ? 0 : value));
      expect(difference(sectionOf(done, 'parameters'), expected)).toBeLessThan(1e-4);
      const kept = trainer.snapshot().get('personal')!;
      expect(difference(kept, w)).toBeLessThan(1e-5);
      // In the next round the rest is the server's again, and the head its own.
      start = initial.map((value, index) => (head(index) ? w[index]! : value));
    }
  });

  it('what does not learn stays bit for bit, whatever moments and weight decay do', async () => {
    const optimizer = '{ adam: { learning-rate: 0.01, weight-decay: 0.1 } }';
    const kept = async (steps: number | undefined) => {
      const { run, layout, initial, trainer } = await linear(member, { state: personal, optimizer });
      await run({ ...OWN, personalEpochs: 2, steps }, { local: HEAD });
      const head = isHead(layout);
      const values = [...trainer.snapshot().get('personal')!];
      const changed = values.map((value, index) => value !== Math.fround(initial[index]!));
      return {
        head: values.filter((_, index) => head(index)),
        headChanged: changed.some((is, index) => is && head(index)),
        restChanged: changed.some((is, index) => is && !head(index)),
      };
    };
    const [headOnly, both] = [await kept(0), await kept(undefined)];
    expect(headOnly).toMatchObject({ headChanged: true, restChanged: false });
    expect(both).toMatchObject({ head: headOnly.head, restChanged: true });
  });
});

describe('Ditto', () => {
  it('trains a model beside, held at the weights that the round started from, and measures that', async () => {
    const lambda = 0.7;
    const { run, layout, initial } = await linear(member, { state: { beside: true } });
    const reference = new Reference(member, layout);
    const work = { ...OWN, beside: { epochs: 3, proximal: lambda } };
    let v = initial;
    for (const round of [0, 1]) {
      const base = shifted({ layout, initial }, 0.1 * round);
      const shared = reference.train(base, reference.batches(OWN, round)).w;
      v = reference.train(
        v,
        reference.batches({ epochs: 3, batch: 4 }, round),
        (g, i, now) => g + lambda * (now[i]! - base[i]!),
      ).w;
      const done = await run(work, { round, weights: base });
      expect(difference(sectionOf(done, 'parameters'), minus(base, shared))).toBeLessThan(1e-5);
    }
    const { header } = await run({ kind: 'evaluate-own', beside: true });
    const loss = header.sums['loss']! / header.sums['denominator']!;
    expect(loss).toBeCloseTo(reference.loss(v, reference.heldOutRows), 5);
    expect(loss).not.toBeCloseTo(reference.loss(initial, reference.heldOutRows), 3);
  });

  it('does not touch the moments that the shared model keeps', async () => {
    const optimizer = '{ sgd: { learning-rate: 0.05, momentum: 0.9 } }';
    const kept = { ...OWN, keepsOptimizer: true };
    const alone = await linear(member, { state: { moments: true }, optimizer });
    const both = await linear(member, { state: { moments: true, beside: true }, optimizer });
    for (const round of [0, 1]) {
      const expected = await alone.run(kept, { round });
      const done = await both.run({ ...kept, beside: { epochs: 1, proximal: 0.1 } }, { round });
      expect(sectionOf(done, 'parameters')).toEqual(sectionOf(expected, 'parameters'));
    }
  });
});

describe('fine-tuning before an evaluation', () => {
  it('measures the tuned weights on held-out rows and leaves no trace', async () => {
    const optimizer = '{ sgd: { learning-rate: 0.05, momentum: 0.9 } }';
    const fineTune = { epochs: 2, batch: 4 };
    const plain = await linear(member);
    const reference = new Reference(member, plain.layout);
    const { w } = reference.train(plain.initial, reference.batches(fineTune));
    const { header } = await plain.run({ kind: 'evaluate-own', fineTune });
    expect(header.sums['loss']! / header.sums['denominator']!).toBeCloseTo(
      reference.loss(w, reference.heldOutRows),
      5,
    );
    const [tuned, other] = [
      await linear(member, { state: { moments: true }, optimizer }),
      await linear(member, { state: { moments: true }, optimizer }),
    ];
    const kept = { ...OWN, keepsOptimizer: true };
    await tuned.run(kept);
    await other.run(kept);
    await tuned.run({ kind: 'evaluate-own', fineTune });
    expect(sectionOf(await tuned.run(kept, { round: 1 }), 'parameters')).toEqual(
      sectionOf(await other.run(kept, { round: 1 }), 'parameters'),
    );
  });
});

describe('small data', () => {
  it('works with fewer rows than a batch, and none held out', async () => {
    const few = await client(5, 3, 0);
    const { run, layout, initial } = await linear(few, { state: { beside: true } });
    const reference = new Reference(few, layout);
    const done = await run({ ...OWN, batch: 16, beside: { epochs: 1, proximal: 0 } });
    expect(done.header).toMatchObject({ examples: 3, steps: 2 });
    const { w } = reference.train(initial, reference.batches({ epochs: 2, batch: 16 }));
    expect(difference(sectionOf(done, 'parameters'), minus(initial, w))).toBeLessThan(1e-5);
    const tuned = await run({ kind: 'evaluate-own', fineTune: { epochs: 1, batch: 16 } });
    expect(tuned.header).toMatchObject({ examples: 0, sums: {} });
  });

  it('takes one step with all rows where the batch is 0', async () => {
    const { run } = await linear(member);
    expect((await run({ kind: 'own', epochs: 1, batch: 0 })).header.steps).toBe(1);
  });
});

it('a vector that the recipe reserves no memory for is refused by name', async () => {
  const { run } = await linear(member, { state: { beside: true } });
  await expect(run(OWN, { sections: [{ name: 'control', make: 'control' }] })).rejects.toThrow(
    "vector 'change.control', for which the run's recipe reserves no memory (it does for beside)",
  );
});

it('cancelled work leaves what the member remembers as it was', async () => {
  const state = { beside: true, vectors: ['member.dual'] };
  const { run, trainer, layout, initial } = await linear(member, { state });
  const sections = [{ name: 'dual', make: 'dual', coefficient: 1 }] as const;
  await run({ ...OWN, beside: { epochs: 1, proximal: 0 } }, { sections });
  const before = trainer.snapshot();
  const steps = 2 * Math.ceil(member.loader.trainingRows / 4);
  let asked = 0;
  send(trainer, 'weights', initial);
  const order = {
    work: { ...OWN, beside: { epochs: 2, proximal: 0 } },
    round: 1,
    terms: {},
    sections,
    local: [],
    learningRate: RATE,
    codec: 'f32',
  } as const;
  // While the model beside trains: the dual has moved already.
  await expect(trainer.execute(order, () => ++asked > steps + 1)).rejects.toThrow(WorkCancelled);
  expect(trainer.snapshot()).toEqual(before);
  expect(before.get('member.dual')!.length).toBe(layout.length);
});
