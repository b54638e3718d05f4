import { createOnnxRuntimeNode } from '../../engines/onnxruntime-node.ts';
import { buildModel } from '../../shared/nn/model.ts';
import { createOptimizer } from '../../shared/nn/optimizers/create.ts';
import { layoutOf } from '../../shared/parameters/layout-of.ts';
import { VectorMemory } from '../../shared/parameters/memory.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { trainingProgram } from '../../shared/programs/train.ts';
import { BoundProgram } from '../../worker/trainer/bound-program.ts';
import { ADAM, type BenchModel, LOSS, MODELS, type ModelName } from '../models.ts';
import { answer } from './answer.ts';

/**
 * One worker's step as the product takes it, in a process of its own as PyTorch's is (`peers/torch_step.py`), with the
 * same questions and answers: `our-step.js MODEL THREADS`.
 */
const [name, threads] = process.argv.slice(2) as [ModelName, string];
const { model: job, features, target, batch: examples }: BenchModel = MODELS[name];
const started = performance.now();
const engine = await createOnnxRuntimeNode({ provider: 'cpu', threads: Number(threads) });
const model = buildModel(job, features, target, 7);
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
const program = await BoundProgram.bind(engine, trainingProgram(model, LOSS, target), layout, parameters, {
  update,
});
const random = createRandom(7);
const batch = program.buffers(examples);
const { vocabulary } = features;
for (let index = 0; index < batch.features.length; index++) {
  batch.features[index] = vocabulary === undefined ? random.next() : Math.floor(random.next() * vocabulary);
}
const classes = target.kind === 'class' ? target.classes.length : 1;
for (let index = 0; index < batch.target.length; index++) {
  batch.target[index] = Math.floor(random.next() * classes);
}
let steps = 0;

async function step(): Promise<void> {
  await program.run(examples);
  steps += 1;
  // Programs return sums: the mean's factor goes into the optimizer's one pass.
  optimizer.step(memory, parameters, update, state, layout, {
    learningRate: ADAM.learningRate,
    step: steps,
    gradientScale: 1 / batch.target.length,
  });
}

await step();
const first = (performance.now() - started) / 1000;
for (let index = 0; index < 4; index++) await step();
await answer({ version: engine.info.version, first, parameters: layout.trainable }, step);
await program.release();
await engine.close();
