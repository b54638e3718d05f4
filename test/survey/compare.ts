import { readFileSync } from 'node:fs';
import { type Engine, gradientName } from '../../engines/engine.ts';
import { GraphBuilder } from '../../shared/onnx/builder.ts';
import { importModel } from '../../shared/onnx/import.ts';
import type { Model, ValueInfo } from '../../shared/onnx/model.ts';
import { type DataType, float32, sizeOf, type Tensor } from '../../shared/onnx/tensor.ts';

interface Stored {
  readonly dims: readonly number[];
  readonly at: number;
}

/** What export.py writes of a model. */
interface Description {
  readonly inputs: readonly (Stored & { readonly type: string })[];
  readonly weights: Stored;
  readonly loss: number;
  /** Sum of the terms' sizes: what the loss is relative to. */
  readonly size: number;
  readonly gradients: readonly (Stored & { readonly name: string; readonly norm: number })[];
}

export interface Comparison {
  /** Distance of the loss from PyTorch's, relative to its terms. */
  readonly loss: number;
  /** The largest distance of a parameter's gradient from PyTorch's in float64, relative (L2), and whose it is. */
  readonly worst: number;
  readonly parameter: string;
  /** Parameters that were compared, of so many. */
  readonly compared: number;
  readonly parameters: number;
}

/** A gradient that is smaller than the largest by this much is noise: what it is relative to. */
const LEAST_NORM = 1e-5;

/**
 * Imports an exported model as the product does, differentiates it by all parameters that it has under PyTorch's names, and
 * compares loss and gradients.
 *
 * @param base the path of its files, without an extension
 * @throws ModelError, OnnxFormatError, EngineError where the product does not take it
 */
export async function compare(engine: Engine, base: string): Promise<Comparison> {
  const description = JSON.parse(readFileSync(`${base}.json`, 'utf8')) as Description;
  const { buffer, byteOffset, length } = readFileSync(`${base}.bin`);
  const numbers = buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer;
  const floats = ({ dims, at }: Stored) => new Float32Array(numbers, at, sizeOf(dims)).slice();
  const model = withLoss(importModel(readFileSync(`${base}.onnx`)), description.weights.dims);
  const trained = description.gradients.filter(({ name }) => model.graph.initializers.has(name));
  const given: Record<string, Tensor> = {
    weights: float32(description.weights.dims, floats(description.weights)),
  };
  model.graph.inputs.slice(0, -1).forEach(({ name }, index) => {
    const { dims, at, type } = description.inputs[index]!;
    const isWhole = type === 'int64';
    const data = isWhole ? new BigInt64Array(numbers, at, sizeOf(dims)).slice() : floats({ dims, at });
    given[name] = { type: type as DataType, dims, data };
  });
  for (const { name } of trained) given[name] = model.graph.initializers.get(name)!;
  const names = trained.map(({ name }) => name);
  const executable = await engine.compile({
    model: fedBy(model, names, given),
    gradients: { of: 'loss', withRespectTo: names },
  });
  const results: Record<string, Tensor> = { loss: float32([], [0]) };
  for (const { name, dims } of trained)
    results[gradientName(name)] = float32(dims, new Float32Array(sizeOf(dims)));
  await executable.run(given, results);
  await executable.release();

  const least = LEAST_NORM * Math.max(...trained.map(({ norm }) => norm));
  const distances = trained.map((stored) => {
    const expected = floats(stored);
    const actual = results[gradientName(stored.name)]!.data as Float32Array;
    const square = expected.reduce((sum, value, k) => sum + (value - actual[k]!) ** 2, 0);
    return { name: stored.name, distance: Math.sqrt(square) / Math.max(stored.norm, least) };
  });
  const worst = distances.reduce((a, b) => (b.distance <= a.distance ? a : b));
  const loss = (results['loss']!.data as Float32Array)[0]!;
  return {
    loss: Math.abs(loss - description.loss) / description.size,
    worst: worst.distance,
    parameter: worst.name,
    compared: trained.length,
    parameters: description.gradients.length,
  };
}

/** Its first output times given weights, summed up. */
function withLoss(model: Model, dims: readonly number[]): Model {
  const builder = GraphBuilder.from(model);
  const product = builder.op('Mul', [
    model.graph.outputs[0]!.name,
    builder.input('weights', 'float32', dims),
  ]);
  builder.output(builder.op('ReduceSum', [product], { keepdims: 0 }), 'loss');
  const built = builder.build();
  const outputs = built.graph.outputs.filter(({ name }) => name === 'loss');
  return { ...built, graph: { ...built.graph, outputs } };
}

/** Parameters as inputs, which are what gradients are taken by; sizes as they are fed. */
function fedBy(model: Model, names: readonly string[], given: Readonly<Record<string, Tensor>>): Model {
  const info = (name: string): ValueInfo => ({
    name,
    type: given[name]!.type,
    dims: given[name]!.dims,
  });
  const initializers = new Map(model.graph.initializers);
  for (const name of names) initializers.delete(name);
  const inputs = [...model.graph.inputs.map(({ name }) => name), ...names].map(info);
  return { ...model, graph: { ...model.graph, inputs, initializers } };
}
