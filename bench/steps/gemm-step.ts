import { createOnnxRuntimeNode } from '../../engines/onnxruntime-node.ts';
import { GraphBuilder } from '../../shared/onnx/builder.ts';
import { float32 } from '../../shared/onnx/tensor.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { answer } from './answer.ts';

/*
 * One large matrix product by the same engine, again and again: what this machine computes at most. `gemm-step.js THREADS SIZE`
 */
const [threads, size] = process.argv.slice(2).map(Number) as [number, number];
const started = performance.now();
const engine = await createOnnxRuntimeNode({ provider: 'cpu', threads });
const builder = new GraphBuilder();
const [a, b] = ['a', 'b'].map((name) => builder.input(name, 'float32', [size, size]));
builder.output(builder.op('MatMul', [a!, b!]), 'y');
const executable = await engine.compile({ model: builder.build() });
const random = createRandom(7);
const matrix = () =>
  float32(
    [size, size],
    Float32Array.from({ length: size * size }, () => random.next()),
  );
const [feeds, results] = [{ a: matrix(), b: matrix() }, { y: matrix() }];
const step = () => executable.run(feeds, results);
await step();
const first = (performance.now() - started) / 1000;
await answer({ version: engine.info.version, first }, step);
await executable.release();
await engine.close();
