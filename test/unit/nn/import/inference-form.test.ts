import { describe, expect, it } from 'vitest';
import { importForTraining } from '../../../../shared/nn/import/import.ts';
import type { Model } from '../../../../shared/onnx/model.ts';
import { writeModel } from '../../../../shared/onnx/write.ts';
import { layoutOf } from '../../../../shared/parameters/layout-of.ts';
import { batchNormModel } from '../../../support/batch-norm.ts';

/** A batch normalisation as exporters write it in training mode: two more outputs, which the file gives out. */
function exportedInTraining(): Model {
  const model = batchNormModel();
  const norm = {
    ...model.graph.nodes[0]!,
    outputs: ['y', 'new_mean', 'new_variance'],
    attributes: { training_mode: { kind: 'int', value: 1 } },
  } as const;
  const more = ['new_mean', 'new_variance'].map((name) => ({ name, type: 'float32', dims: [2] }) as const);
  return { ...model, graph: { ...model.graph, nodes: [norm], outputs: [...model.graph.outputs, ...more] } };
}

describe('a file that was exported in training mode', () => {
  it('has plain batch normalisation, whose statistics are buffers', () => {
    const target = { kind: 'class', classes: ['a', 'b'] } as const;
    const features = { shape: [2], normalize: { kind: 'none' } } as const;
    const { model } = importForTraining(writeModel(exportedInTraining()), features, target, {}, 1);
    expect(model.graph.nodes).toHaveLength(1);
    expect(model.graph.nodes[0]).toMatchObject({ op: 'BatchNormalization', outputs: ['logits'] });
    expect(model.graph.nodes[0]!.attributes['training_mode']).toBeUndefined();
    const sections = layoutOf(model).entries.map(({ name, section }) => [name, section]);
    expect(sections).toEqual([
      ['scale', 'trainable'],
      ['bias', 'trainable'],
      ['mean', 'buffers'],
      ['variance', 'buffers'],
    ]);
  });
});
