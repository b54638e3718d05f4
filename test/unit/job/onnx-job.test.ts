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

  it('says of each of several targets which output it is, and what head it has', () => {
    const text = `
name: tune
data: { source: data.csv, targets: { a: { column: a }, b: { column: b, type: binary }, c: { column: c } } }
model: { onnx: { path: m.onnx, outputs: { a: logits, b: { head: { layers: [dense: 1] } } } } }
losses: { a: cross-entropy, b: binary-cross-entropy, c: cross-entropy }
epochs: 1
`;
    expect(parseJob(text, 'job.yaml').model).toEqual({
      kind: 'onnx',
      path: 'm.onnx',
      outputs: {
        a: { output: 'logits' },
        b: { head: { at: 'last', layers: [expect.objectContaining({ type: 'dense' })] } },
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
    ['{ onnx: { path: m.onnx, outputs: { a: logits } } }', /4:32: outputs is of several targets/],
    ["{ mlp: { hidden: [4] }, lora: { targets: ['a'] } }", /"lora" stands beside "onnx" only/],
    ['{ onnx: { path: m.onnx, inputs: { ids: feature } } }', /4:47: unknown model-input "feature"/],
    ['{ onnx: { path: m.onnx, frezze: [a] } }', /4:32: unknown key "frezze"/],
    ["{ onnx: { path: m.onnx, lora: { targets: ['a'] } } }", /4:32: "lora" stands beside "onnx", not in it/],
    [
      "{ onnx: { path: m.onnx, lora: { targets: ['a'] }, frezze: [a] } }",
      /"lora" stands beside "onnx", not in it \(and 1 more\)/,
    ],
  ])('a mistake is found at its place: %s', (text, message) => {
    expect(() => modelOf(text)).toThrow(message);
  });
});
