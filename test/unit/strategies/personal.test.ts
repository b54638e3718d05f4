import { describe, expect, it } from 'vitest';
import { BATCH_NORM, createFedBn } from '../../../coordinator/strategies/fedbn.ts';
import { personalNote } from '../../../coordinator/strategies/personal.ts';
import { createSynchronous } from '../../../coordinator/strategies/synchronous.ts';
import { ServerWeights } from '../../../coordinator/weights/server-weights.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import { encode } from '../../../shared/parameters/codecs.ts';
import { matchingEntries } from '../../../shared/parameters/glob.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { VectorMemory } from '../../../shared/parameters/memory.ts';
import { digitsJob } from '../../support/digits.ts';
import { Driver, of } from '../rounds/driver.ts';

const MODEL = buildModel(
  {
    kind: 'layers',
    layers: [
      { type: 'dense', options: { units: 3 } },
      { type: 'batch-norm', options: {} },
      { type: 'dense', options: { units: 2 } },
    ],
  },
  { shape: [4], normalize: { kind: 'none' } },
  { kind: 'class', classes: ['a', 'b'] },
  1,
);
const LAYOUT = layoutOf(MODEL);
const FEDBN = createFedBn({ steps: 2 });

/** The server after one step on updates that say zero of all that is personal, as members make them. */
function stepped(local: readonly string[] | undefined): ServerWeights {
  const job = digitsJob({ strategy: { kind: 'fedbn', steps: 2 } });
  const weights = new ServerWeights(LAYOUT, {
    optimizer: job.optimizer,
    clipNorm: undefined,
    serverVectors: [],
    local,
    incarnation: 1,
  });
  weights.initialize(MODEL);
  const update = VectorMemory.create(LAYOUT.length + 8).allocate(LAYOUT.length);
  update.view.fill(0.5, 0, LAYOUT.trainable);
  for (const { offset, length } of matchingEntries(LAYOUT, BATCH_NORM)) {
    update.view.fill(0, offset, offset + length);
  }
  weights.add([{ name: 'parameters', codec: 'f32', bytes: [encode(update, 'f32')] }], 1, 1);
  weights.step(
    {
      kind: 'outer',
      divisor: 1,
      learningRate: 1,
      buffers: 'set',
      buffersDivisor: 1,
      vectors: [],
    },
    1,
  );
  return weights;
}

describe('parameters that stay with the members', () => {
  it('keep their initial values on the server: a running variance does not become zero', () => {
    const initial = stepped(FEDBN.local);
    const personal = matchingEntries(LAYOUT, BATCH_NORM);
    expect(personal).toHaveLength(4);
    for (const { name, offset, length } of personal) {
      const first = MODEL.graph.initializers.get(name)!.data;
      expect([...initial.values.subarray(offset, offset + length)], name).toEqual([
        ...(first as Float32Array),
      ]);
    }
    const dense = LAYOUT.entries[0]!;
    const before = (MODEL.graph.initializers.get(dense.name)!.data as Float32Array)[0]!;
    expect(initial.values[dense.offset]).toBeCloseTo(before - 0.5, 6);
  });

  it('are what a member evaluates with', () => {
    const driver = Driver.started(['a'], { strategy: FEDBN, batch: 20, epochs: 1, testExamples: 4 });
    driver.finish();
    const works = of(driver.all, 'assign').map(({ assignment }) => assignment);
    expect(works.map(({ work, local }) => [work.kind, local])).toEqual([
      ['local', BATCH_NORM],
      ['evaluate', BATCH_NORM],
    ]);
  });

  it('are named before the run, as is a model that has none', () => {
    expect(personalNote(LAYOUT, createSynchronous())).toBeUndefined();
    expect(personalNote(LAYOUT, FEDBN)).toMatch(
      /^4 tensors stay with each member \(.*keep their initial values/,
    );
    expect(personalNote({ ...LAYOUT, entries: [] }, FEDBN)).toMatch(
      /^fedbn is federated averaging \(fedavg\) in effect: the model has no layer of batch normalisation/,
    );
  });
});
