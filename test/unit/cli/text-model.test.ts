import { expect, test } from 'vitest';
import { refuseOther } from '../../../cli/text-model.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';

test('a classifier is said to be no language model, before anybody looks for its tokenizer', () => {
  const builder = new GraphBuilder();
  const features = builder.input('features', 'float32', ['batch', 2]);
  const weight = builder.initializer('weight', float32([2, 3], new Float32Array(6)));
  builder.output(builder.op('MatMul', [features, weight]), 'probabilities');
  expect(() => refuseOther(builder.build(), 'digits.onnx')).toThrow(
    /^digits\.onnx is no language model: it gives probabilities \[batch, 3\].* predict' asks|predict asks/,
  );
});

test('a model of a window of tokens is one', () => {
  const builder = new GraphBuilder();
  const tokens = builder.input('tokens', 'int32', ['batch', 4]);
  const table = builder.initializer('table', float32([5, 5], new Float32Array(25)));
  builder.output(builder.op('Gather', [table, tokens], { axis: 0 }), 'logits');
  expect(() => refuseOther(builder.build(), 'text.onnx')).not.toThrow();
});
