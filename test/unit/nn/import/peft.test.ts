import { describe, expect, it } from 'vitest';
import { importForTraining } from '../../../../shared/nn/import/import.ts';
import { peftAdapters } from '../../../../shared/nn/lora/peft.ts';
import { GraphBuilder } from '../../../../shared/onnx/builder.ts';
import { float32 } from '../../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../../shared/onnx/write.ts';
import { layoutOf } from '../../../../shared/parameters/layout-of.ts';
import { readSafetensors } from '../../../../shared/parameters/safetensors.ts';
import { initialValues } from '../../programs/program-runner.ts';

/** An embedding under its own name, and a dense layer whose weight the exporter renamed and whose node it did not. */
function file(): Uint8Array {
  const builder = new GraphBuilder();
  const ids = builder.input('ids', 'int64', ['n', 3]);
  const table = builder.initializer(
    'words.weight',
    float32(
      [5, 4],
      Array.from({ length: 20 }, (_, k) => k),
    ),
  );
  const pooled = builder.op('ReduceMean', [builder.op('Gather', [table, ids]), builder.ints([1])], {
    keepdims: 0,
  });
  const weight = builder.initializer('onnx::MatMul_9', float32([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]));
  const [output] = builder.node('MatMul', [pooled, weight], {}, { name: '/encoder/query/MatMul' });
  builder.output(output!);
  return writeModel(builder.build());
}

const spec = { shape: [3], type: 'int32', normalize: { kind: 'none' } } as const;
const target = { kind: 'class', classes: ['a', 'b'] } as const;
const lora = { rank: 2, alpha: 4, dropout: 0.1, targets: ['words.weight', '*/query/*'] };

describe("adapters under PEFT's names", () => {
  it('are [rank, in] and [out, rank], named after modules; an embedding is stored by columns', () => {
    const { model } = importForTraining(file(), spec, target, { lora }, 1);
    const layout = layoutOf(model);
    const values = initialValues(model, layout).map((_, index) => index);
    const { safetensors, config } = peftAdapters(model, layout, values, 'file.onnx')!;
    const { vectors, metadata } = readSafetensors(safetensors);
    expect(metadata).toEqual({ format: 'pt' });
    expect(Object.fromEntries(vectors.map(({ name, dims }) => [name, dims]))).toEqual({
      'base_model.model.words.lora_embedding_A': [2, 5],
      'base_model.model.words.lora_embedding_B': [4, 2],
      'base_model.model.encoder.query.lora_A.weight': [2, 4],
      'base_model.model.encoder.query.lora_B.weight': [2, 2],
    });
    const table = layout.entries.find(({ name }) => name === 'words.lora_embedding_A')!;
    const stored = vectors.find(({ name }) => name.endsWith('lora_embedding_A'))!;
    // Row 0 of the rank is column 0 of what is trained.
    expect([...stored.data.slice(0, 5)]).toEqual([0, 2, 4, 6, 8].map((index) => table.offset + index));
    expect(config).toMatchObject({
      peft_type: 'LORA',
      r: 2,
      lora_alpha: 4,
      lora_dropout: 0.1,
      base_model_name_or_path: 'file.onnx',
      target_modules: ['words', 'encoder.query'],
    });
  });

  it('are none where a model has none', () => {
    const { model } = importForTraining(file(), spec, target, {}, 1);
    const layout = layoutOf(model);
    expect(peftAdapters(model, layout, initialValues(model, layout), 'file.onnx')).toBeUndefined();
  });
});
