import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeRun } from '../../coordinator/run/description.ts';
import { tableOptions } from '../../coordinator/run/prepare.ts';
import { createOnnxRuntimeNode } from '../../engines/onnxruntime-node.ts';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import { parseJob } from '../../shared/job/parse.ts';
import { PHASES } from '../../shared/nn/gan/networks.ts';
import { VectorMemory } from '../../shared/parameters/memory.ts';
import { Programs } from '../../worker/trainer/programs.ts';

/**
 * `example-process.js JOB FOLDER`: seconds from a job whose data are read to the end of the first step of a worker with two threads,
 * as one JSON line: the model built, its programs derived and optimised, and run on one global batch (of zeros, as
 * values make no difference here).
 */
const [file, folder = tmpdir()] = process.argv.slice(2) as [string, string?];
const job = parseJob(readFileSync(file, 'utf8'), file);
const cache = mkdtempSync(join(folder, 'example-'));
const { directory } = await ingest(job.data, dirname(file), cache, job.seed, tableOptions(job));
const data = await DatasetFile.open(directory);
const onnx =
  job.model.kind === 'onnx' ? new Uint8Array(readFileSync(join(dirname(file), job.model.path))) : undefined;

const started = performance.now();
const { model, layout, recipe } = describeRun(job, data, onnx);
const engine = await createOnnxRuntimeNode({ provider: 'cpu', threads: 2 });
const memory = VectorMemory.create(2 * (layout.length + 4));
const [parameters, update] = [memory.allocate(layout.length), memory.allocate(layout.length)];
const programs = new Programs(engine, model, { layout, recipe, parameters, update });
await programs.warmUp();
// Two networks that take turns make a step each.
for (const phase of recipe.loss.kind === 'gan' ? PHASES : [undefined]) {
  const program = await programs.training(phase);
  program.buffers(job.batch);
  await program.run(job.batch);
}
process.stdout.write(`${JSON.stringify((performance.now() - started) / 1000)}\n`);
await programs.release();
await engine.close();
data.close();
