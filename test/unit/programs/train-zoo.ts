import type { Engine } from '../../../engines/engine.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import { outputsFor, positionsOf } from '../../../shared/nn/specs.ts';
import { sizeOf } from '../../../shared/onnx/tensor.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { createRandom } from '../../../shared/parameters/random.ts';
import type { Program } from '../../../shared/programs/program.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { lossOf, type ZooModel } from '../../support/zoo.ts';
import { type Batch, initialValues, ProgramRunner } from './program-runner.ts';

/** In the batch that models are trained on. */
export const EXAMPLES = 8;

/** Random examples, always the same. Token ids below the vocabulary, categories in columns 0 and 2 of a table. */
export function batchOf(model: ZooModel): Batch {
  const random = createRandom(5);
  const { features, target } = model;
  const draw = (count: number, next: () => number) => Array.from({ length: count }, next);
  const below = (limit: number) => Math.floor(random.next() * limit);
  const size = sizeOf(features.shape);
  const data = draw(EXAMPLES * size, () =>
    model.vocabulary ? below(model.vocabulary) : 2 * random.next() - 1,
  );
  if (size === 4) {
    for (let place = 0; place < data.length; place += 2) data[place] = below(4);
  }
  if (target.kind === 'none') return { features: data };
  const classes = target.kind === 'class' ? outputsFor(target, features) : 2;
  const places = EXAMPLES * sizeOf(positionsOf(target));
  const targets = draw(places, () => (target.kind === 'number' ? 2 * random.next() - 1 : below(classes)));
  return { features: data, target: targets };
}

/** The same noise each time. */
export function noiseFor(program: Program): Record<string, Float32Array> {
  const random = createRandom(6);
  return Object.fromEntries(
    program.noise.map(({ name, dims }) => [
      name,
      Float32Array.from({ length: EXAMPLES * sizeOf(dims) }, () => random.next()),
    ]),
  );
}

/** Losses per counted thing before and after each step of Adam on one batch; noise is the same in every step. */
export async function train(on: Engine, zoo: ZooModel, steps: number): Promise<number[]> {
  const model = buildModel(
    { kind: 'named', name: zoo.name, options: zoo.options },
    zoo.features,
    zoo.target,
    1,
  );
  const layout = layoutOf(model);
  const program = trainingProgram(model, lossOf(zoo), zoo.target);
  const runner = await ProgramRunner.compile(on, program, layout);
  const values = initialValues(model, layout);
  const noise = noiseFor(program);
  const [first, second] = [new Float64Array(values.length), new Float64Array(values.length)];
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const { sums, update } = await runner.run(values, { ...batchOf(zoo), noise });
    losses.push(sums['loss']! / sums['denominator']!);
    for (const { section, offset, length } of layout.entries) {
      if (section !== 'trainable') continue;
      for (let at = offset; at < offset + length; at++) {
        const gradient = update[at]! / sums['denominator']!;
        first[at] = 0.9 * first[at]! + 0.1 * gradient;
        second[at] = 0.99 * second[at]! + 0.01 * gradient ** 2;
        const [mean, spread] = [first[at]! / (1 - 0.9 ** step), second[at]! / (1 - 0.99 ** step)];
        values[at] = values[at]! - (0.02 * mean) / (Math.sqrt(spread) + 1e-8);
      }
    }
  }
  await runner.release();
  return losses;
}
