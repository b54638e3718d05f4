import { describe, expect, test } from 'vitest';
import { onnx } from '../../../shared/onnx/gen/onnx.js';
import { importModel } from '../../../shared/onnx/import.ts';
import { readModel } from '../../../shared/onnx/read.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { numbersOf, runOnce } from '../autodiff/run.ts';

type Node = onnx.NodeProto.$Properties;
type FunctionProto = onnx.FunctionProto.$Properties;

const own = { domain: 'own' };
const value = (name: string, ...dims: number[]): onnx.ValueInfoProto.$Properties => ({
  name,
  type: { tensorType: { elemType: 1, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});
const node = (opType: string, input: string[], output: string[], more: Node = {}): Node => ({
  opType,
  input,
  output,
  ...more,
});
const define = (
  name: string,
  input: string[],
  output: string[],
  nodes: Node[],
  more: FunctionProto = {},
): FunctionProto => ({
  ...own,
  name,
  input,
  output,
  node: nodes,
  opsetImport: [{ version: 20 }, { domain: 'own', version: 1 }],
  ...more,
});

function encode(functions: FunctionProto[], nodes: Node[], outputs = [value('y', 2)]): Uint8Array {
  const bytes = onnx.ModelProto.encode({
    irVersion: 9,
    opsetImport: [{ version: 20 }, { domain: 'own', version: 1 }],
    functions,
    graph: { name: 'g', input: [value('x', 2)], output: outputs, node: nodes },
  }).finish();
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const X = float32([2], [0.5, -2]);

/** What ONNX Runtime, which knows functions, computes for the file itself. */
async function onOnnxRuntime(bytes: Uint8Array): Promise<number[]> {
  const ort = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const results = await session.run({ x: new ort.Tensor('float32', X.data as Float32Array, [2]) });
  await session.release();
  return Array.from(results['y']?.data as Float32Array);
}

async function sameAsOnnxRuntime(bytes: Uint8Array): Promise<readonly string[]> {
  const model = importModel(bytes);
  const own = numbersOf((await runOnce(model, { x: X }))['y']);
  const expected = await onOnnxRuntime(bytes);
  expect(own).toHaveLength(expected.length);
  for (const [i, number] of expected.entries()) expect(own[i]).toBeCloseTo(number, 5);
  return model.graph.nodes.map(({ op }) => op);
}

/** alpha x, with alpha an attribute of the function. */
const scaled = define(
  'Scaled',
  ['v'],
  ['r'],
  [
    node('Constant', [], ['c'], { attribute: [{ name: 'value_float', refAttrName: 'alpha', type: 1 }] }),
    node('Mul', ['v', 'c'], ['r']),
  ],
  { attribute: ['alpha'] },
);
const alpha = (f: number) => ({ attribute: [{ name: 'alpha', type: 1, f }] });

describe('functions of a model', () => {
  test('calls become bodies; attributes and names are those of each call', async () => {
    const twice = define(
      'Twice',
      ['v'],
      ['r'],
      [
        node('Scaled', ['v'], ['c'], { ...own, ...alpha(2) }),
        node('Scaled', ['c'], ['r'], { ...own, ...alpha(-0.5) }),
      ],
    );
    const bytes = encode(
      [twice, scaled],
      [node('Twice', ['x'], ['c'], own), node('Twice', ['c'], ['y'], own)],
    );
    expect(await sameAsOnnxRuntime(bytes)).toEqual([0, 1, 2, 3].flatMap(() => ['Constant', 'Mul']));
    const names = importModel(bytes).graph.nodes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('Twice/Scaled/Mul');
  });

  test('a default of an attribute, an attribute without one, an optional input left out', async () => {
    const f = define(
      'F',
      ['v', 'min', 'max'],
      ['r'],
      [
        node('Clip', ['v', 'min', 'max'], ['t']),
        node('LeakyRelu', ['t'], ['s'], { attribute: [{ name: 'alpha', refAttrName: 'slope', type: 1 }] }),
        node('Elu', ['s'], ['r'], { attribute: [{ name: 'alpha', refAttrName: 'elu', type: 1 }] }),
      ],
      { attribute: ['elu'], attributeProto: [{ name: 'slope', type: 1, f: 0.5 }] },
    );
    const call = node('F', ['x'], ['y'], { ...own, attribute: [{ name: 'elu', type: 1, f: 0.3 }] });
    expect(await sameAsOnnxRuntime(encode([f], [call]))).toEqual(['Clip', 'LeakyRelu', 'Elu']);
    const model = importModel(encode([f], [node('F', ['x'], ['y'], own)]));
    expect(model.graph.nodes.at(-1)?.attributes).toEqual({});
    expect(model.graph.nodes[1]?.attributes['alpha']).toEqual({ kind: 'float', value: 0.5 });
  });

  test('an input that is an output, and an output that nobody wants', async () => {
    const f = define('F', ['v'], ['v', 'n', 'a'], [node('Neg', ['v'], ['n']), node('Abs', ['v'], ['a'])]);
    const nodes = [node('F', ['x'], ['same', '', 'size'], own), node('Add', ['same', 'size'], ['y'])];
    const model = importModel(encode([f], nodes));
    expect(numbersOf((await runOnce(model, { x: X }))['y'])).toEqual([1, 0]);
  });

  test('a body inside a function reads its values, and a call inside a body is replaced', async () => {
    const branch = (name: string, inner: Node) => ({
      name,
      type: 5,
      g: { name, node: [inner], output: [{ name: inner.output?.[0] ?? '' }] },
    });
    const f = define(
      'F',
      ['v'],
      ['r'],
      [
        node('Neg', ['v'], ['n']),
        node('ReduceSum', ['v'], ['sum'], { attribute: [{ name: 'keepdims', type: 2, i: 0 }] }),
        node('Sub', ['sum', 'sum'], ['zero']),
        node('Less', ['sum', 'zero'], ['negative']),
        node('If', ['negative'], ['r'], {
          attribute: [
            branch('then_branch', node('Scaled', ['n'], ['t'], { ...own, ...alpha(3) })),
            branch('else_branch', node('Identity', ['v'], ['t'])),
          ],
        }),
      ],
    );
    expect(await sameAsOnnxRuntime(encode([f, scaled], [node('F', ['x'], ['y'], own)]))).toContain('Where');
  });
});

describe('functions that are no good', () => {
  const refused = (functions: FunctionProto[], nodes: Node[] = [node('F0', ['x'], ['y'], own)]) =>
    expect(() => importModel(encode(functions, nodes)));

  test('in a circle', () => {
    const calls = (name: string, to: string) => define(name, ['v'], ['r'], [node(to, ['v'], ['r'], own)]);
    refused([calls('F0', 'F1'), calls('F1', 'F0')]).toThrow(
      "the model's functions call each other in a circle: own.F0 -> own.F1 -> own.F0",
    );
    refused([calls('F0', 'F0')]).toThrow('in a circle: own.F0 -> own.F0');
    const deep = Array.from({ length: 100 }, (_, i) => calls(`F${i}`, `F${i + 1}`));
    refused(deep).toThrow("the model's functions nest more than 64 deep");
  });

  test('each calling the next ten times', () => {
    const functions = Array.from({ length: 12 }, (_, i) =>
      define(
        `F${i}`,
        ['v'],
        ['v9'],
        Array.from({ length: 10 }, (_, k) =>
          node(i < 11 ? `F${i + 1}` : 'Neg', [k ? `v${k - 1}` : 'v'], [`v${k}`], i < 11 ? own : {}),
        ),
      ),
    );
    const bytes = encode(functions, [node('F0', ['x'], ['y'], own)]);
    expect(() => importModel(bytes, { mostNodes: 5000 })).toThrow(
      'node F0/F1/F2/F3/F4/F5/F6/F7/F8/F9/F10/F11, which calls function own.F11: with its functions written out the ' +
        'model has more than 5000 nodes',
    );
  });

  test('that read what they do not have, define nothing, or take fewer inputs', () => {
    refused([define('F0', ['v'], ['r'], [node('Neg', ['x'], ['r'])])]).toThrow('the function reads "x"');
    refused([define('F0', ['v'], ['r'], [])]).toThrow('the function does not define its output "r"');
    refused([define('F0', [], ['r'], [])]).toThrow('it passes 1 inputs, the function has 0');
    refused([scaled, scaled]).toThrow('function own.Scaled is there twice');
    const old = define('F0', ['v'], ['r'], [node('Neg', ['v'], ['r'])], { opsetImport: [{ version: 13 }] });
    refused([old]).toThrow('function own.F0 is written in opset 13, the model in opset 20: inline it with');
  });

  test('a member reads models without functions only', () => {
    const bytes = encode([scaled], [node('Scaled', ['x'], ['y'], { ...own, ...alpha(1) })]);
    expect(() => readModel(bytes)).toThrow('the model defines functions of its own (Scaled)');
  });
});

describe('operators of other domains', () => {
  const refused = (domain: string, opType: string) =>
    expect(() => importModel(encode([], [node(opType, ['x'], ['y'], { domain, name: 'n' })])));

  test('are refused by name, with what would help', () => {
    refused('ai.onnx.ml', 'TreeEnsembleRegressor').toThrow(
      'operator ai.onnx.ml.TreeEnsembleRegressor is classical machine learning and has no gradient',
    );
    refused('com.microsoft', 'NoSuchOperator').toThrow(
      'com.microsoft.NoSuchOperator is private to ONNX Runtime and is not understood: export the model again',
    );
    refused('somebody', 'Thing').toThrow('somebody.Thing is of a domain that is not known');
    refused('', 'Thing').toThrow('operator Thing is not supported');
  });
});
