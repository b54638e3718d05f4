import type { Engine } from '../../engines/engine.ts';
import type { Signature } from '../../shared/nn/import/signature.ts';
import { FEATURES } from '../../shared/nn/specs.ts';
import { bytesPerElement, DATA_TYPES } from '../../shared/onnx/data-types.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { prune } from '../../shared/onnx/prune.ts';
import { sizeOf, type Tensor, type TensorData } from '../../shared/onnx/tensor.ts';

/** Types of which rows can be fed to the file itself, without rounding them first. */
const EXACT: ReadonlySet<string> = new Set(['float32', 'float64', 'int32', 'int64', 'bool']);

/** Whether a file under its original names can be run on rows of the data. */
export function isComparable({ inputs, outputs }: Signature): boolean {
  return outputs.every(({ type }) => type === 'float32') && inputs.every(({ type }) => EXACT.has(type));
}

/**
 * What the inputs of the original file are on some rows: the features, and what the training model makes of them (masks,
 * positions), computed by its own nodes.
 */
export async function originalFeeds(
  engine: Engine,
  model: Model,
  { inputs }: Signature,
  features: Tensor,
): Promise<Record<string, Tensor>> {
  const feeds: Record<string, Tensor> = {};
  for (const { name, type, value } of inputs) {
    if (value === FEATURES) {
      const data = type === 'float64' ? Float64Array.from(features.data as Float32Array) : features.data;
      feeds[name] = { ...features, type, data };
      continue;
    }
    const part = prune(model, [value]);
    const info = part.graph.outputs[0]!;
    const dims = info.dims.map((dim) => (typeof dim === 'number' ? dim : features.dims[0]!));
    const executable = await engine.compile({ model: part });
    const array = DATA_TYPES[info.type].array!;
    const data = new array(new ArrayBuffer(sizeOf(dims) * bytesPerElement(info.type))) as TensorData;
    const result: Tensor = { type: info.type, dims, data };
    try {
      await executable.run({ [FEATURES]: features }, { [value]: result });
    } finally {
      await executable.release();
    }
    feeds[name] = type === info.type ? result : { ...result, type };
  }
  return feeds;
}
