import { describe, expect, it } from 'vitest';
import { parseJob } from '../../../shared/job/parse.ts';

const job = (model: string) => `
name: tune
data: { source: data.csv, target: { column: label } }
model: ${model}
loss: cross-entropy
epochs: 1
`;
const modelOf = (text: string) => parseJob(job(text), 'job.yaml').model;

describe('a model of a file', () => {
  it('is its path alone', () => {
    expect(modelOf('{ onnx: model.onnx }')).toEqual({ kind: 'onnx', path: 'model.onnx' });
  });

  it('has all that can be said of it', () => {
    const text = `{ onnx: { path: m.onnx, inputs: { ids: features, mask: not-padding, other: { not-padding: 3 }, kinds: zeros },
      output: hidden, dims: { sequence: 128 }, train: ['a.*'], freeze: ['*.bias'], batch-norm: frozen,
      head: { layers: [relu, dense: 5] } } }`;
    expect(modelOf(text)).toEqual({
      kind: 'onnx',
      path: 'm.onnx',
      inputs: {
        ids: { kind: 'features' },
        mask: { kind: 'not-padding', padding: 0 },
        other: { kind: 'not-padding', padding: 3 },
        kinds: { kind: 'zeros' },
      },
      output: 'hidden',
      dims: { sequence: 128 },
      train: ['a.*'],
      freeze: ['*.bias'],
      batchNorm: 'frozen',
      head: {
        at: 'last',
        layers: [
          { type: 'relu', options: {} },
          { type: 'dense', options: expect.objectContaining({ units: 5 }) },
        ],
      },
    });
  });

  it('takes adapters beside it, with their usual sizes', () => {
    expect(modelOf("{ onnx: m.onnx, lora: { targets: ['*query*'] } }")).toEqual({
      kind: 'onnx',
      path: 'm.onnx',
      lora: { rank: 8, alpha: 16, dropout: 0, targets: ['*query*'] },
    });
  });

  it.each([
    ["{ onnx: m.onnx, lora: { targets: ['a'], rank: 0 } }", /4:54: too small/],
    ['{ onnx: m.onnx, lora: { rank: 8 } }', /4:24: "targets" is missing/],
    ["{ mlp: { hidden: [4] }, lora: { targets: ['a'] } }", /"lora" stands beside "onnx" only/],
    ['{ onnx: { path: m.onnx, inputs: { ids: feature } } }', /4:47: unknown model-input "feature"/],
    ['{ onnx: { path: m.onnx, frezze: [a] } }', /4:32: unknown key "frezze"/],
  ])('a mistake is found at its place: %s', (text, message) => {
    expect(() => modelOf(text)).toThrow(message);
  });
});
