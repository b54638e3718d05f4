import { createOnnxRuntimeNode } from '../../engines/onnxruntime-node.ts';
import { buildModel } from '../../shared/nn/model.ts';
import { createOptimizer } from '../../shared/nn/optimizers/create.ts';
import { layoutOf } from '../../shared/parameters/layout-of.ts';
import { VectorMemory } from '../../shared/parameters/memory.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { trainingProgram } from '../../shared/programs/train.ts';
import { BoundProgram } from '../../worker/trainer/bound-program.ts';
import { ADAM, BATCH, CLASSES, featuresOf, LOSS, MODELS, type ModelName, TARGET } from '../models.ts';
import { type Stepper, timed } from './stepper.ts';

/** One worker's step as the product takes it: the engine's gradient in the flat vector, then Adam on it. */
export async function ourStepper(name: ModelName, threads: number): Promise<Stepper> {
  const engine = await createOnnxRuntimeNode({ provider: 'cpu', threads });
  const model = buildModel(MODELS[name].model, featuresOf(name), TARGET, 7);
  const layout = layoutOf(model);
  const optimizer = createOptimizer(ADAM);
  const memory = VectorMemory.create((2 + optimizer.slots.length) * (layout.length + 4));
  const parameters = memory.allocate(layout.length);
  const update = memory.allocate(layout.length);
  const state = Object.fromEntries(optimizer.slots.map((slot) => [slot, memory.allocate(layout.length)]));
  for (const entry of layout.entries) {
    const initial = model.graph.initializers.get(entry.name);
    if (!initial) throw new Error(`the model has no initial value for '${entry.name}'`);
    parameters.view.set(initial.data as Float32Array, entry.offset);
  }
  const program = await BoundProgram.bind(
    engine,
    trainingProgram(model, LOSS, TARGET),
    layout,
    parameters,
    update,
  );
  const random = createRandom(7);
  const batch = program.buffers(BATCH);
  for (let index = 0; index < batch.features.length; index++) batch.features[index] = random.next();
  for (let index = 0; index < BATCH; index++) {
    batch.target[index] = BigInt(Math.floor(random.next() * CLASSES));
  }
  let steps = 0;
  const step = async (): Promise<void> => {
    await program.run(BATCH);
    steps++;
    // Programs return sums: the mean's factor goes into the optimizer's one pass.
    optimizer.step(memory, parameters, update, state, layout, {
      learningRate: ADAM.learningRate,
      step: steps,
      gradientScale: 1 / BATCH,
    });
  };
  await timed(5, step);
  return {
    name: engine.info.name,
    version: engine.info.version,
    time: (count) => timed(count, step),
    async close() {
      await program.release();
      await engine.close();
    },
  };
}
