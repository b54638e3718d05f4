import { describe, expect, test } from 'vitest';
import { inspectModel, tooLong } from '../../../../shared/onnx/inspect/inspect.ts';
import type { Refusal } from '../../../../shared/onnx/inspect/inspection.ts';
import type { InspectionLimits } from '../../../../shared/onnx/inspect/limits.ts';
import { inspectionText } from '../../../../shared/onnx/inspect/words.ts';
import {
  bodyAttribute,
  encode,
  floats,
  type GraphProto,
  graph,
  intAttribute,
  ints,
  laughs,
  type NodeProto,
  node,
  type TensorProto,
  value,
  wrap,
} from './hostile-models.ts';

function refusal(bytes: Uint8Array, limits: Partial<InspectionLimits> = {}): Refusal {
  const result = inspectModel(bytes, limits);
  expect(result.verdict, JSON.stringify(result)).toBe('refused');
  return result as Refusal;
}

const relu = graph([node('Relu', ['x'])]);
/** A constant that is computed: nothing of it is in the file. */
const HUGE = 1e10;

describe('before anything is decoded', () => {
  test('more bytes than allowed are not even hashed', () => {
    const bytes = encode(relu);
    const found = refusal(bytes, { bytes: 20 });
    expect(found).toMatchObject({
      code: 'limit',
      limit: { name: 'bytes', value: 20, found: bytes.length },
      steps: 0,
    });
    expect(found).not.toHaveProperty('sha256');
    expect(tooLong(21, { bytes: 20 })).toMatchObject({ bytes: 21, code: 'limit' });
    expect(tooLong(20, { bytes: 20 })).toBeUndefined();
  });

  test.each([
    ['no bytes', new Uint8Array(), 'empty'],
    ['a page', new TextEncoder().encode('<!DOCTYPE html><html>'), 'not an ONNX model'],
    ['half a model', encode(relu).subarray(0, 40), 'cut off'],
  ])('what is no model: %s', (_, bytes, reason) => {
    expect(refusal(bytes)).toMatchObject({ code: 'format', reason: expect.stringContaining(reason) });
  });

  test('a few bytes that decode to very many objects', () => {
    const many = encode({ node: Array.from({ length: 2000 }, () => ({ input: ['', '', ''] })) });
    expect(refusal(many, { parts: 1000 })).toMatchObject({
      code: 'limit',
      limit: { name: 'parts', found: 1001 },
    });
    const listed = encode(
      graph(
        [node('Relu', ['x'])],
        [{ name: 'w', dataType: 7, dims: [999], int64Data: new Array(999).fill(1) }],
      ),
    );
    expect(refusal(listed, { parts: 500 })).toMatchObject({ limit: { name: 'parts' } });
  });

  test.each<[string, TensorProto, string]>([
    [
      '4 GB of float32',
      { name: 'w', dataType: 1, dims: [2 ** 30], rawData: new Uint8Array(1000) },
      'tensor w declares 1,073,741,824 elements (4.29 GB), the file holds 250 of them',
    ],
    [
      'a product of dimensions',
      { name: 'w', dataType: 1, dims: [2 ** 40, 2 ** 40, 2 ** 40] },
      'tensor w declares 1.3 · 10^36 elements',
    ],
    [
      'a listed one',
      { name: 'w', dataType: 1, dims: [1000], floatData: [1, 2] },
      'declares 1,000 elements (4 kB), the file holds 2 of them',
    ],
    [
      'half bytes',
      { name: 'w', dataType: 22, dims: [1000], rawData: new Uint8Array(2) },
      'declares 1,000 elements',
    ],
    ['a negative one', { name: 'w', dataType: 1, dims: [-1] }, 'declares a negative dimension'],
    [
      'more than it says',
      { name: 'w', dataType: 1, dims: [1], floatData: [1, 2] },
      'the file holds 2 of them',
    ],
    ['texts', { name: 'w', dataType: 8, dims: [9] }, 'declares 9 elements'],
  ])('a tensor without its bytes: %s', (_, tensor, reason) => {
    expect(refusal(encode(graph([node('Relu', ['x'])], [tensor])))).toMatchObject({
      code: 'tensor',
      reason: expect.stringContaining(reason),
    });
    const inNode = encode(
      graph([
        node('Constant', [], ['y'], { attribute: [{ name: 'value', type: 4, t: { ...tensor, name: '' } }] }),
      ]),
    );
    expect(refusal(inNode)).toMatchObject({
      code: 'tensor',
      reason: expect.stringContaining('a tensor of node bomb (Constant)'),
    });
  });

  const external: TensorProto = {
    name: 'w',
    dataType: 1,
    dims: [1],
    dataLocation: 1,
    externalData: [{ key: 'location', value: '/etc/passwd' }],
  };
  test.each<[string, Uint8Array]>([
    ['an initializer', encode(graph([node('Relu', ['x'])], [external]))],
    [
      'a constant',
      encode(graph([node('Constant', [], ['y'], { attribute: [{ name: 'value', type: 4, t: external }] })])),
    ],
    [
      'a body',
      encode(
        graph([
          node('If', ['x'], ['y'], { attribute: [bodyAttribute('then_branch', graph([], [external]))] }),
        ]),
      ),
    ],
    [
      'a function',
      encode(relu, {
        functions: [
          {
            name: 'f',
            node: [node('Constant', [], ['y'], { attribute: [{ name: 'value', type: 4, t: external }] })],
          },
        ],
      }),
    ],
    ['one without a location', encode(graph([node('Relu', ['x'])], [{ ...external, dataLocation: 0 }]))],
  ])('data in other files: in %s', (_, bytes) => {
    expect(refusal(bytes)).toMatchObject({
      code: 'external-data',
      reason: expect.stringContaining('never read'),
    });
  });

  test('instructions for training, sparse tensors, segments', () => {
    const training = Uint8Array.from([...encode(relu), ...[0xa2, 0x01, 0x00]]);
    expect(refusal(training)).toMatchObject({ code: 'feature', reason: expect.stringContaining('training') });
    const sparse = encode({ ...relu, sparseInitializer: [{ dims: [2 ** 40] }] });
    expect(refusal(sparse)).toMatchObject({ code: 'feature', reason: expect.stringContaining('sparse') });
    const segment = { ...floats('w', [1]), segment: { begin: 0, end: 2 ** 40 } };
    expect(refusal(encode(graph([node('Relu', ['x'])], [segment])))).toMatchObject({ code: 'feature' });
    const inNode = wrap(
      7,
      wrap(
        1,
        Uint8Array.from([
          ...wrap(4, new TextEncoder().encode('Constant')),
          ...wrap(5, wrap(22, new Uint8Array())),
        ]),
      ),
    );
    expect(refusal(inNode)).toMatchObject({ code: 'feature', operator: 'Constant' });
  });
});

describe('operators', () => {
  test.each([
    ['com.example', 'Exfiltrate', 'com.example.Exfiltrate', 'of a domain of its own'],
    ['ai.onnx.ml', 'TreeEnsembleRegressor', 'ai.onnx.ml.TreeEnsembleRegressor', 'of a domain of its own'],
    ['ai.onnx.preview.training', 'Adam', 'ai.onnx.preview.training.Adam', 'of a domain of its own'],
    ['com.microsoft', 'FusedMatMul', 'com.microsoft.FusedMatMul', 'of a domain of its own'],
    ['', 'ImageDecoder', 'ImageDecoder', 'not in the list'],
    ['ai.onnx', 'StringNormalizer', 'StringNormalizer', 'not in the list'],
  ])('%s.%s', (domain, opType, operator, reason) => {
    const at = node(opType, ['x'], ['y'], { domain });
    for (const bytes of [
      encode(graph([at])),
      encode(
        graph([
          node('If', ['x'], ['y'], { name: 'if', attribute: [bodyAttribute('then_branch', graph([at]))] }),
        ]),
      ),
      encode(graph([node('f', ['x'], ['y'], { domain: 'own' })]), {
        functions: [{ name: 'f', domain: 'own', node: [at] }],
      }),
    ])
      expect(refusal(bytes)).toMatchObject({
        code: 'operator',
        operator,
        node: 'bomb',
        reason: expect.stringContaining(reason),
      });
  });

  test('what an unused function holds does not matter, as it is never a part of the graph', () => {
    const bytes = encode(relu, {
      functions: [{ name: 'f', domain: 'own', node: [node('Exfiltrate', [], [], { domain: 'evil' })] }],
    });
    expect(inspectModel(bytes)).toMatchObject({ verdict: 'accepted', operators: { Relu: 1 } });
  });
});

describe('what would grow', () => {
  const n = (name: string, ...values: number[]) => ints(name, values);
  const scalar = (name: string, at: number) => ints(name, [at], []);
  const float = (name: string, at: number) => floats(name, [at], []);
  const cases: readonly [string, NodeProto[], TensorProto[]][] = [
    ['ConstantOfShape', [node('ConstantOfShape', ['n'])], [n('n', HUGE)]],
    ['Expand', [node('Expand', ['x', 'n'])], [n('n', HUGE, 1, 4)]],
    ['Tile', [node('Tile', ['x', 'n'])], [n('n', 1, HUGE)]],
    ['Range', [node('Range', ['a', 'b', 'c'])], [float('a', 0), float('b', HUGE), float('c', 1)]],
    ['Pad', [node('Pad', ['x', 'n'])], [n('n', 0, 0, 0, HUGE)]],
    ['Resize', [node('Resize', ['x', '', '', 'n'])], [n('n', 1, HUGE)]],
    ['OneHot', [node('OneHot', ['i', 'd', 'v'])], [n('i', 0), scalar('d', HUGE), floats('v', [0, 1])]],
    ['CenterCropPad', [node('CenterCropPad', ['x', 'n'])], [n('n', 1, HUGE)]],
    [
      'MatMul',
      [node('MatMul', ['a', 'b'], ['y'])],
      [floats('a', [], [2 ** 20, 0]), floats('b', [], [0, 2 ** 20])],
    ],
    [
      'Reshape',
      [node('ConstantOfShape', ['n'], ['a'], { name: 'a' }), node('Expand', ['a', 'm'])],
      [n('n', 2 ** 20, 1), n('m', 1, 2 ** 20)],
    ],
  ];
  test.each(cases)('%s of 10^10 elements from constants', (operator, nodes, initializers) => {
    const bytes = encode(graph(nodes, initializers));
    expect(bytes.length).toBeLessThan(1000);
    const found = refusal(bytes);
    expect(found).toMatchObject({ code: 'limit', limit: { name: 'elements' }, node: 'bomb' });
    expect(found.operator).toBe(operator === 'Reshape' ? 'Expand' : operator);
    expect(found.limit!.found).toBeGreaterThan(2 ** 29);
    expect(inspectionText(found)).toContain('nothing of it was run');
    // Inside a body, which is written out first.
    const body = { node: nodes, initializer: initializers, output: [{ name: 'y' }] };
    const branch = node('If', ['yes'], ['y'], {
      name: 'if',
      attribute: [bodyAttribute('then_branch', body), bodyAttribute('else_branch', body)],
    });
    const yes = { name: 'yes', dataType: 9, dims: [], rawData: Uint8Array.of(1) };
    expect(refusal(encode(graph([branch], [yes])))).toMatchObject({ limit: { name: 'elements' } });
  });

  test('a size that is computed from small constants, or is a multiple of the batch', () => {
    const squares = Array.from({ length: 6 }, (_, k) =>
      node('Mul', [`s${k}`, `s${k}`], [`s${k + 1}`], { name: `m${k}` }),
    );
    const bytes = encode(graph([...squares, node('ConstantOfShape', ['s6'])], [n('s0', 2)]));
    expect(refusal(bytes)).toMatchObject({ code: 'graph', reason: expect.stringContaining('is too large') });
    const perExample = encode(
      graph(
        [
          node('Shape', ['x'], ['b'], { name: 'b', attribute: [intAttribute('end', 1)] }),
          node('Concat', ['b', 'n'], ['s'], { name: 'c', attribute: [intAttribute('axis', 0)] }),
          node('ConstantOfShape', ['s']),
        ],
        [n('n', HUGE)],
      ),
    );
    expect(refusal(perExample)).toMatchObject({ limit: { name: 'elements', found: HUGE } });
  });

  test.each<[string, NodeProto[], TensorProto[]]>([
    ['ConstantOfShape', [node('ConstantOfShape', ['k'])], []],
    [
      'Range',
      [
        node('Squeeze', ['k'], ['q'], { name: 'q' }),
        node('Cast', ['q'], ['s'], { name: 's', attribute: [intAttribute('to', 1)] }),
        node('Range', ['a', 's', 'b']),
      ],
      [float('a', 0), float('b', 1)],
    ],
    ['Expand', [node('Expand', ['one', 'k'])], [floats('one', [1])]],
    ['Tile', [node('Tile', ['one', 'k'])], [floats('one', [1])]],
    ['Resize', [node('Resize', ['one', '', '', 'k'])], [floats('one', [1])]],
    ['OneHot', [node('OneHot', ['k', 'k', 'v'])], [floats('v', [0, 1])]],
  ])('%s as large as the data say', (operator, nodes, initializer) => {
    const bytes = encode({ ...graph(nodes, initializer), input: [value('k', [1], 7)] });
    expect(refusal(bytes)).toMatchObject({ code: 'data-dependent', operator, node: 'bomb' });
  });

  test('what the data only make smaller is taken at its largest', () => {
    const bytes = encode(
      graph([
        node('NonZero', ['x'], ['i']),
        node('Cast', ['i'], ['y'], { name: 'c', attribute: [intAttribute('to', 1)] }),
      ]),
    );
    expect(inspectModel(bytes, {}, { batch: 10 })).toMatchObject({
      verdict: 'accepted',
      checked: { elements: { found: 8 } },
    });
  });

  test('memory and operations', () => {
    const wide = encode(graph([node('Tile', ['x', 'n'])], [n('n', 1, 1e6)]));
    expect(inspectModel(wide, {}, { batch: 1 }).verdict).toBe('accepted');
    const found = inspectModel(wide, {}, { batch: 1000 });
    expect(found).toMatchObject({
      code: 'limit',
      limit: { name: 'memory' },
      reason: expect.stringContaining('a batch of 1,000 takes about'),
    });
    expect(inspectModel(wide, { memory: 1e12 }, { batch: 1000 }).verdict).toBe('accepted');
    const square = Array.from({ length: 1000 }, (_, k) =>
      node('MatMul', [`a${k}`, `a${k}`], [k === 999 ? 'y' : `a${k + 1}`], { name: `m${k}` }),
    );
    const slow = encode(
      graph([node('ConstantOfShape', ['n'], ['a0'], { name: 'a' }), ...square], [n('n', 2000, 2000)]),
    );
    expect(refusal(slow)).toMatchObject({ limit: { name: 'operations' }, operator: 'MatMul', node: 'm124' });
  });

  test('a scale for each of a billion groups, of a GroupNormalization that must be written anew', () => {
    const groups = node('GroupNormalization', ['x', 's', 's'], ['y'], {
      attribute: [intAttribute('num_groups', 1e9)],
    });
    const bytes = encode(graph([groups], [floats('s', [1, 1, 1, 1])]), { opsetImport: [{ version: 21 }] });
    expect(refusal(bytes)).toMatchObject({
      code: 'graph',
      reason: expect.stringContaining('num_groups is 1000000000'),
    });
  });

  test('a sequence of a hundred million parts', () => {
    const bytes = encode(
      graph(
        [
          node('ConstantOfShape', ['n'], ['a'], { name: 'a' }),
          node('SplitToSequence', ['a'], ['q']),
          node('ConcatFromSequence', ['q'], ['y'], { name: 'j', attribute: [intAttribute('axis', 0)] }),
        ],
        [n('n', 1e8)],
      ),
    );
    expect(refusal(bytes)).toMatchObject({
      code: 'graph',
      reason: expect.stringContaining('too many to write out'),
    });
  });
});

describe('bodies, functions and loops', () => {
  test('functions that call the next one twice, forty times', () => {
    const found = refusal(laughs(15), { nodes: 1000 });
    expect(found).toMatchObject({ code: 'limit', limit: { name: 'nodes', value: 1000, found: 2 ** 14 } });
    expect(found.steps).toBeLessThan(500);
    expect(refusal(laughs(40))).toMatchObject({ limit: { name: 'depth' } });
    expect(refusal(laughs(40), { depth: 64 })).toMatchObject({ limit: { name: 'nodes', found: 2 ** 39 } });
    expect(inspectModel(laughs(6))).toMatchObject({ verdict: 'accepted', operators: { Neg: 32 } });
  });

  test('a node with very many inputs, in a function that is called often or a loop', () => {
    const many = Array.from({ length: 1000 }, () => 'a');
    const f = {
      name: 'f',
      domain: 'own',
      input: ['a'],
      output: ['b'],
      opsetImport: [{ version: 20 }],
      node: [node('Sum', many, ['b'])],
    };
    const calls = Array.from({ length: 1000 }, (_, k) =>
      node('f', [k === 0 ? 'x' : `v${k}`], [k === 999 ? 'y' : `v${k + 1}`], { name: `c${k}`, domain: 'own' }),
    );
    const bytes = encode(graph(calls), {
      functions: [f],
      opsetImport: [{ version: 20 }, { domain: 'own', version: 1 }],
    });
    expect(refusal(bytes, { parts: 100_000 })).toMatchObject({ code: 'limit', limit: { name: 'parts' } });
    const sum = body([
      node(
        'Sum',
        many.map(() => 'v'),
        ['w'],
        { name: 's' },
      ),
    ]);
    const loops = encode(graph([loop('n', sum)], [yes, ints('n', [900], [])]));
    expect(refusal(loops, { nodes: 2000 }).reason).toContain('with its loops and functions written out');
  });

  test('names that would be copied at every turn', () => {
    const long = 'n'.repeat(600);
    for (const bytes of [
      encode(graph([node('Relu', ['x'], ['y'], { name: long })])),
      encode({ ...graph([node('Relu', [long])]), input: [value(long, ['batch', 4])] }),
      encode(graph([node('Relu', ['x'])], [floats(long, [1])])),
    ])
      expect(refusal(bytes)).toMatchObject({
        code: 'graph',
        reason: expect.stringContaining('a name in the file has 600 bytes'),
      });
  });

  test('functions in a circle, and two of one name', () => {
    const f = {
      name: 'f',
      domain: 'own',
      input: ['a'],
      output: ['b'],
      node: [{ opType: 'f', domain: 'own', input: ['a'], output: ['b'] }],
    };
    const call = graph([node('f', ['x'], ['y'], { domain: 'own' })]);
    expect(refusal(encode(call, { functions: [f] }))).toMatchObject({
      code: 'control-flow',
      reason: expect.stringContaining('circle'),
    });
    expect(refusal(encode(call, { functions: [f, f] }))).toMatchObject({
      reason: expect.stringContaining('there twice'),
    });
  });

  test('bodies in bodies, types in types', () => {
    let body: GraphProto = graph([node('Relu', ['x'])]);
    for (let k = 0; k < 20; k++)
      body = graph([node('If', ['x'], ['y'], { attribute: [bodyAttribute('then_branch', body)] })]);
    expect(refusal(encode(body))).toMatchObject({ code: 'limit', limit: { name: 'depth', found: 17 } });
    let deep: Uint8Array = new Uint8Array();
    for (let k = 0; k < 300; k++) deep = wrap(1, wrap(5, wrap(6, deep)));
    expect(refusal(wrap(7, deep))).toMatchObject({ limit: { name: 'depth' } });
    let type: Uint8Array = new Uint8Array();
    for (let k = 0; k < 100; k++) type = wrap(4, wrap(1, type));
    const input = wrap(7, wrap(11, wrap(2, type)));
    expect(refusal(input)).toMatchObject({ code: 'format' });
  });

  const body = (nodes: NodeProto[]): GraphProto => ({
    input: [value('i', [], 7), value('c', [], 9), value('v', ['batch', 4])],
    output: [{ name: 'c2' }, { name: 'w' }],
    node: [node('Identity', ['c'], ['c2'], { name: 'c2' }), ...nodes],
  });
  const yes = { name: 'yes', dataType: 9, dims: [], rawData: Uint8Array.of(1) };
  const loop = (count: string, inner: GraphProto, name = 'loop') =>
    node('Loop', [count, 'yes', 'x'], ['y'], { name, attribute: [bodyAttribute('body', inner)] });
  const once = body([node('Relu', ['v'], ['w'], { name: 'r' })]);

  test.each<[string, GraphProto, string]>([
    [
      'as often as the data say',
      { ...graph([loop('k', once)], [yes]), input: [value('x', ['batch', 4]), value('k', [], 7)] },
      'computed from data',
    ],
    ['without end', graph([loop('', once)], [yes]), 'too many to write out'],
    ['a billion times', graph([loop('n', once)], [yes, ints('n', [1e9], [])]), 'too many to write out'],
  ])('a loop that runs %s', (_, model, reason) => {
    expect(refusal(encode(model))).toMatchObject({
      code: 'control-flow',
      reason: expect.stringContaining(reason),
    });
  });

  test('loops in loops, each short', () => {
    let inner = once;
    for (let k = 0; k < 4; k++)
      inner = body([
        node('Loop', ['n', 'yes', 'v'], ['w'], { name: `l${k}`, attribute: [bodyAttribute('body', inner)] }),
      ]);
    const bytes = encode(graph([loop('n', inner)], [yes, ints('n', [100], [])]));
    const found = refusal(bytes, { nodes: 5000 });
    expect(found.reason).toContain('more than 5000 nodes with its loops and functions written out');
    expect(found.steps).toBeLessThan(10_000);
  });
});

test('what a stranger wrote cannot move the cursor or hide', () => {
  const name = '\u001b[2J\u202eevil\u0007';
  const found = refusal(encode(graph([node('Evil\u001b[1A', ['x'], ['y'], { name })])));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(inspectionText(found)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  const wide = { ...graph([node('Relu', [name])]), input: [value(name, ['\u001b[31m', 4])] };
  const accepted = inspectModel(encode(wide));
  expect(accepted.verdict).toBe('accepted');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(inspectionText(accepted)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});

test('all of this allocates nothing like what it declares', () => {
  // The high-water mark of the whole process, of all tests above: one bomb would be 4 GB or more.
  expect(process.resourceUsage().maxRSS).toBeLessThan(2 ** 20);
});
