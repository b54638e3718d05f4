import { createOnnxRuntimeNode } from '../../engines/onnxruntime-node.ts';
import type { Recompute } from '../../shared/autodiff/recompute/recompute.ts';
import { buildModel } from '../../shared/nn/model.ts';
import type { FeatureSpec, TargetSpec } from '../../shared/nn/specs.ts';
import { layoutOf } from '../../shared/parameters/layout-of.ts';
import { VectorMemory } from '../../shared/parameters/memory.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { trainingProgram } from '../../shared/programs/train.ts';
import { BoundProgram } from '../../worker/trainer/bound-program.ts';
import { LOSS } from '../models.ts';

/**
 * What gradients of a GPT of 12 layers take of memory and time, in a process of its own: `peak.js RECOMPUTE EXAMPLES STEPS`.
 * A batch of 8 in runs of EXAMPLES. Prints {bytes, times}: resident memory at most, less that before the first run.
 */
const [choice, examples, count] = process.argv.slice(2) as [Recompute, string, string];
const WINDOW = 256;
const BATCH = 8;
const features: FeatureSpec = {
  shape: [WINDOW],
  type: 'int32',
  vocabulary: 256,
  normalize: { kind: 'none' },
};
const target: TargetSpec = { kind: 'class', classes: Array.from({ length: 256 }, String), dims: [WINDOW] };
const options = { layers: 12, heads: 4, size: 256 };
const model = buildModel({ kind: 'named', name: 'gpt', options }, features, target, 7);
const layout = layoutOf(model);
const memory = VectorMemory.create(2 * (layout.length + 4));
const [parameters, update] = [memory.allocate(layout.length), memory.allocate(layout.length)];
for (const { name, offset } of layout.entries) {
  parameters.view.set(model.graph.initializers.get(name)!.data as Float32Array, offset);
}
const engine = await createOnnxRuntimeNode({ provider: 'cpu', threads: 2 });
const gradients = { update, recompute: choice };
const program = await BoundProgram.bind(
  engine,
  trainingProgram(model, LOSS, target),
  layout,
  parameters,
  gradients,
);
const random = createRandom(7);
const batch = program.buffers(Number(examples));
for (const values of [batch.features, batch.target]) {
  for (let at = 0; at < values.length; at++) values[at] = Math.floor(random.next() * 256);
}
const before = process.memoryUsage.rss();
const times: number[] = [];
for (let step = 0; step < Number(count); step++) {
  const started = performance.now();
  for (let run = 0; run < BATCH / Number(examples); run++) await program.run(Number(examples));
  times.push(performance.now() - started);
}
// Kilobytes, on every system that Node runs on.
const bytes = process.resourceUsage().maxRSS * 1024 - before;
await program.release();
await engine.close();
console.log(JSON.stringify({ bytes, times }));
