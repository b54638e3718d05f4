import type { Model } from '../../onnx/model.ts';
import type { ParameterLayout } from '../../parameters/layout.ts';
import { type SafetensorsVector, writeSafetensors } from '../../parameters/safetensors.ts';
import { type AdapterRecord, adaptersOf } from './record.ts';

/** Adapters as the Python library PEFT stores them: adapter_model.safetensors and adapter_config.json. */
export interface PeftAdapters {
  readonly tensors: readonly Required<SafetensorsVector>[];
  readonly safetensors: Uint8Array;
  readonly config: Readonly<Record<string, unknown>>;
}

const PREFIX = 'base_model.model.';

/**
 * Adapters alone, under PEFT's names: `base_model.model.<module>.lora_A.weight` [rank, in], `lora_B.weight` [out, rank];
 * for embeddings `lora_embedding_A` [rank, rows] and `lora_embedding_B` [width, rank]; of DoRA `lora_magnitude_vector` [out]. What trains beside them (a new head)
 * comes along under its own name.
 *
 * @param values the whole flat vector of the layout
 * @param base name or path of the base model, for the config
 * @returns undefined when the model has no adapters
 */
export function peftAdapters(
  model: Model,
  layout: ParameterLayout,
  values: Float32Array,
  base: string,
): PeftAdapters | undefined {
  const record = adaptersOf(model);
  if (!record) return undefined;
  const tables = new Set(record.adapters.flatMap(({ kind, a }) => (kind === 'embedding' ? [a] : [])));
  const axesOf = new Map(layout.entries.map(({ name, dims }) => [name, dims.length - 2]));
  const kernels = new Map(
    record.adapters.flatMap(({ kind, magnitude, a }) =>
      kind === 'conv' && magnitude !== undefined ? [[magnitude, axesOf.get(a) ?? 0] as const] : [],
    ),
  );
  const tensors = layout.entries.map(({ name, dims, offset, length }) => {
    const data = values.slice(offset, offset + length);
    // A convolution's magnitude has its output's axes there: [1, out, 1, 1].
    const kernel = kernels.get(name);
    if (kernel !== undefined)
      return { name: PREFIX + name, dims: [1, length, ...Array<number>(kernel).fill(1)], data };
    // Rows are looked up in ours, so they lie together; PEFT has them as columns.
    return tables.has(name)
      ? { name: PREFIX + name, dims: [...dims].reverse(), data: transposed(data, dims[1] as number) }
      : { name: PREFIX + name, dims, data };
  });
  return {
    tensors,
    safetensors: writeSafetensors(tensors, { format: 'pt' }),
    config: configOf(record, base),
  };
}

function configOf({ rank, alpha, dropout, adapters }: AdapterRecord, base: string): Record<string, unknown> {
  return {
    peft_type: 'LORA',
    base_model_name_or_path: base,
    task_type: null,
    inference_mode: true,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: dropout,
    bias: 'none',
    fan_in_fan_out: false,
    init_lora_weights: true,
    use_dora: adapters.some(({ magnitude }) => magnitude !== undefined),
    use_rslora: false,
    modules_to_save: null,
    target_modules: adapters.map(({ module }) => module),
  };
}

function transposed(data: Float32Array, columns: number): Float32Array {
  const rows = data.length / columns;
  return Float32Array.from(
    data,
    (_, index) => data[(index % rows) * columns + Math.floor(index / rows)] as number,
  );
}
