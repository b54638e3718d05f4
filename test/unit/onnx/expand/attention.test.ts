import { describe, expect, test } from 'vitest';
import { numbersOf, runOnce } from '../../autodiff/run.ts';
import {
  agrees,
  differentiates,
  expanded,
  feedsWith,
  float,
  type Given,
  int,
  text,
  type Use,
} from './agree.ts';

const ms = 'com.microsoft' as const;
const four = (heads: number, time: number, size = 4): Given => ({
  dims: [2, heads, time, size],
  symbols: ['batch', heads, time, size],
});
const flat = (time: number, hidden: number): Given => ({
  dims: [2, time, hidden],
  symbols: ['batch', time, hidden],
});
const truth = (dims: number[]): Given => ({
  dims,
  type: 'bool',
  values: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, k) =>
    k % dims.at(-1)! === 0 || k % 3 ? 1 : 0,
  ),
});
const int32 = (dims: number[], values: number[]): Given => ({ dims, type: 'int32', values });
const int64 = (dims: number[], values: number[]): Given => ({ dims, type: 'int64', values });

const outputsOf = (use: Use) => runOnce(expanded(use), feedsWith(use));

interface Row extends Use {
  readonly about: string;
}

function standard(
  about: string,
  inputs: Row['inputs'],
  attributes: Use['attributes'] = {},
  more: Partial<Use> = {},
): Row {
  return { op: 'Attention', opset: 23, about, inputs, attributes, ...more };
}

const causal = { is_causal: int(1) };
const flatHeads = { q_num_heads: int(2), kv_num_heads: int(2) };

const STANDARD: readonly Row[] = [
  standard('4-D', [four(2, 3), four(2, 3), four(2, 3)]),
  standard('4-D, values of another size', [four(2, 3), four(2, 5), four(2, 5, 6)]),
  standard('scale', [four(2, 3), four(2, 5), four(2, 5)], { scale: float(0.3) }),
  standard('softcap', [four(2, 3), four(2, 5), four(2, 5)], { softcap: float(0.4) }),
  standard('causal', [four(2, 4), four(2, 4), four(2, 4)], causal),
  standard('3-D', [flat(3, 8), flat(3, 8), flat(3, 8)], flatHeads),
  standard(
    '3-D, causal, symbolic time',
    [0, 1, 2].map(() => ({ dims: [2, 3, 8], symbols: ['batch', 'time', 8] })),
    {
      ...flatHeads,
      ...causal,
    },
  ),
  standard('grouped heads', [four(4, 3), four(2, 3), four(2, 3)], causal),
  standard('one head of keys', [four(4, 3), four(1, 5), four(1, 5)]),
  standard('3-D, grouped heads', [flat(3, 16), flat(5, 8), flat(5, 8)], {
    q_num_heads: int(4),
    kv_num_heads: int(2),
  }),
  standard('mask of numbers', [four(2, 3), four(2, 5), four(2, 5), { dims: [3, 5] }]),
  standard('mask of numbers for each head', [four(2, 3), four(2, 5), four(2, 5), { dims: [2, 2, 3, 5] }]),
  standard('mask of truth', [four(2, 3), four(2, 5), four(2, 5), truth([3, 5])]),
  standard('mask of truth, causal', [four(2, 4), four(2, 4), four(2, 4), truth([2, 1, 4, 4])], causal),
  standard(
    'past and present',
    [four(2, 3), four(2, 3), four(2, 3), { dims: [3, 5] }, four(2, 2), four(2, 2)],
    {},
    { outputs: 3 },
  ),
  standard('past, causal', [four(2, 3), four(2, 3), four(2, 3), undefined, four(2, 2), four(2, 2)], causal, {
    outputs: 3,
  }),
  ...[0, 1, 2, 3].map((mode) =>
    standard(
      `products of mode ${mode}`,
      [four(2, 3), four(2, 5), four(2, 5), { dims: [3, 5] }],
      { qk_matmul_output_mode: int(mode) },
      { outputs: [true, false, false, true] },
    ),
  ),
];

const cache = (rows: number, half: number): Given[] => [
  { dims: [rows, half] },
  { dims: [rows, half], range: [-0.5, 1] },
];

const ROTARY: readonly Row[] = [0, 1].flatMap((interleaved): Row[] => {
  const layout = { interleaved: int(interleaved) };
  const name = interleaved ? 'interleaved' : 'halves';
  const rotary = (about: string, inputs: Row['inputs'], attributes: Use['attributes'] = {}): Row => ({
    op: 'RotaryEmbedding',
    opset: 23,
    about: `${name}, ${about}`,
    inputs,
    attributes: { ...layout, ...attributes },
  });
  const fused = (about: string, inputs: Row['inputs'], attributes: Use['attributes'] = {}): Row => ({
    ...rotary(`com.microsoft, ${about}`, inputs, attributes),
    domain: ms,
  });
  const places = int64([2, 3], [4, 0, 2, 1, 3, 5]);
  return [
    rotary('4-D', [four(2, 3), ...cache(6, 2), places]),
    rotary('3-D', [flat(3, 8), ...cache(6, 2), places], { num_heads: int(2) }),
    rotary('without places', [four(2, 3), { dims: [2, 3, 2] }, { dims: [2, 3, 2] }]),
    rotary('a part of the head', [four(2, 3, 8), ...cache(6, 2), places], { rotary_embedding_dim: int(4) }),
    fused('4-D', [four(2, 3), places, ...cache(6, 2)]),
    fused('3-D', [flat(3, 8), places, ...cache(6, 2)]),
    fused('first place', [flat(3, 8), int64([1], [2]), ...cache(6, 2)]),
    fused('a part of the head', [flat(3, 16), places, ...cache(6, 2)], {
      rotary_embedding_dim: int(4),
      num_heads: int(2),
    }),
  ];
});

function multiHead(
  about: string,
  inputs: Row['inputs'],
  attributes: Use['attributes'] = {},
  outputs: Use['outputs'] = 1,
): Row {
  return {
    op: 'MultiHeadAttention',
    domain: ms,
    about,
    inputs,
    attributes: { num_heads: int(2), ...attributes },
    outputs,
  };
}

const absent = undefined;
const packedWeights: Given[] = [{ dims: [6, 24] }, { dims: [24] }];

function packed(
  about: string,
  rest: Row['inputs'],
  attributes: Use['attributes'] = {},
  outputs: Use['outputs'] = 1,
): Row {
  return {
    op: 'Attention',
    domain: ms,
    about,
    inputs: [flat(3, 6), ...packedWeights, ...rest],
    attributes: { num_heads: int(2), ...attributes },
    outputs,
  };
}

function grouped(about: string, inputs: Row['inputs'], attributes: Use['attributes'] = {}): Row {
  return {
    op: 'GroupQueryAttention',
    domain: ms,
    about,
    inputs,
    attributes: { num_heads: int(4), kv_num_heads: int(2), ...attributes },
    outputs: 3,
  };
}

const lengths = int32([2], [2, 2]);
const total = int32([1], [3]);

const FUSED: readonly Row[] = [
  multiHead('separate', [flat(3, 8), flat(5, 8), flat(5, 8)]),
  multiHead('values of another size', [flat(3, 8), flat(5, 8), flat(5, 12)]),
  multiHead('bias', [flat(3, 8), flat(5, 8), flat(5, 8), { dims: [24] }]),
  multiHead('scale, causal', [flat(3, 8), flat(3, 8), flat(3, 8)], {
    scale: float(0.4),
    unidirectional: int(1),
  }),
  multiHead('lengths', [
    flat(3, 8),
    flat(5, 8),
    flat(5, 8),
    absent,
    { ...int32([2], [3, 5]), symbols: ['batch'] },
  ]),
  multiHead('padding', [
    flat(3, 8),
    flat(5, 8),
    flat(5, 8),
    absent,
    int32([2, 5], [1, 1, 1, 0, 0, 1, 1, 1, 1, 0]),
  ]),
  multiHead('attention bias', [flat(3, 8), flat(5, 8), flat(5, 8), absent, absent, { dims: [2, 2, 3, 5] }]),
  multiHead('attention bias of one row', [
    flat(3, 8),
    flat(5, 8),
    flat(5, 8),
    absent,
    absent,
    { dims: [1, 2, 3, 5] },
  ]),
  multiHead('keys by head', [flat(3, 8), four(2, 5), four(2, 5)]),
  multiHead(
    'past and present',
    [flat(3, 8), flat(3, 8), flat(3, 8), absent, absent, absent, four(2, 2), four(2, 2)],
    {},
    3,
  ),
  packed('mask of batch and time', [int32([2, 3], [1, 1, 0, 1, 1, 1])]),
  packed('ends', [{ ...int32([2], [2, 3]), symbols: ['batch'] }]),
  packed('ends and starts', [{ ...int32([4], [2, 3, 0, 1]), symbols: ['2*batch'] }]),
  packed('mask of three dimensions', [
    int32([2, 3, 3], [1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1]),
  ]),
  packed('no mask', []),
  packed('causal, scale', [], { unidirectional: int(1), scale: float(0.4) }),
  packed('past and present', [absent, { dims: [2, 2, 2, 2, 4] }], {}, 2),
  packed('past and present, causal', [absent, { dims: [2, 2, 2, 2, 4] }], { unidirectional: int(1) }, 2),
  packed('attention bias', [absent, absent, { dims: [2, 2, 3, 3] }]),
  {
    ...packed('sizes of their own', []),
    inputs: [flat(3, 6), { dims: [6, 28] }, { dims: [28] }],
    attributes: { num_heads: int(2), qkv_hidden_sizes: { kind: 'ints', value: [8, 8, 12] } },
  },
  grouped('separate', [flat(3, 32), flat(3, 16), flat(3, 16), absent, absent, lengths, total]),
  grouped('packed', [flat(3, 64), absent, absent, absent, absent, lengths, total]),
  grouped('scale, softcap', [flat(3, 32), flat(3, 16), flat(3, 16), absent, absent, lengths, total], {
    scale: float(0.3),
    softcap: float(0.5),
  }),
  grouped(
    'rotation',
    [flat(3, 64), flat(3, 32), flat(3, 32), absent, absent, lengths, total, ...cache(6, 8)],
    { do_rotary: int(1) },
  ),
  grouped(
    'rotation, interleaved',
    [flat(3, 64), flat(3, 32), flat(3, 32), absent, absent, lengths, total, ...cache(6, 8)],
    { do_rotary: int(1), rotary_interleaved: int(1) },
  ),
  grouped('local window', [flat(3, 32), flat(3, 16), flat(3, 16), absent, absent, lengths, total], {
    local_window_size: int(2),
  }),
];

const all = [...STANDARD, ...ROTARY, ...FUSED].map(
  (row) => [`${row.domain ?? ''} ${row.op}: ${row.about}`, row] as const,
);

describe('the expansion agrees with the kernel of ONNX Runtime', () => {
  test.each(all)('%s', async (_, row) => {
    await agrees(row);
  });
});

describe('the expansion is differentiated', () => {
  test.each(all)('%s', async (_, row) => {
    await differentiates(row);
  });
});

describe('what no key may be seen by', () => {
  const blind: Use = {
    op: 'Attention',
    opset: 23,
    inputs: [four(2, 2), four(2, 3), four(2, 3), { dims: [2, 3], type: 'bool', values: [0, 0, 0, 1, 0, 1] }],
  };

  test('is zero, as onnx 1.23 says, and its gradient is finite', async () => {
    const { y0 } = await runOnce(expanded(blind), feedsWith(blind));
    expect(numbersOf(y0).slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(
      numbersOf(y0)
        .slice(4, 8)
        .every((value) => value !== 0),
    ).toBe(true);
    await differentiates(blind);
  });

  test('is zero for a mask of minus infinity too', async () => {
    const infinite: Use = {
      ...blind,
      inputs: [
        ...blind.inputs.slice(0, 3),
        { dims: [2, 3], values: [-Infinity, -Infinity, -Infinity, 0.5, 0, -Infinity] },
      ],
    };
    const { y0 } = await runOnce(expanded(infinite), feedsWith(infinite));
    expect(numbersOf(y0).slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(numbersOf(y0).every(Number.isFinite)).toBe(true);
    await differentiates(infinite, 'float64', [3]);
  });
});

test('opset 24: keys behind the length of a row are not seen', async () => {
  const use: Use = {
    op: 'Attention',
    opset: 24,
    attributes: causal,
    inputs: [four(2, 2), four(2, 4), four(2, 4), absent, absent, absent, int64([2], [2, 3])],
  };
  const short: Use = {
    op: 'Attention',
    opset: 23,
    attributes: causal,
    inputs: [four(2, 2), four(2, 4), four(2, 4)],
  };
  const [{ y0: masked }, { y0: whole }] = await Promise.all([outputsOf(use), outputsOf(short)]);
  // The first row's two keys are all that its two queries may see: plain causal attention over them.
  expect(numbersOf(masked).slice(0, 16)).toEqual(numbersOf(whole).slice(0, 16));
  expect(numbersOf(masked).slice(16)).not.toEqual(numbersOf(whole).slice(16));
  await differentiates(use);
});

test('opset 25: a window on both sides is a band around the diagonal', async () => {
  const inputs = [four(2, 4), four(2, 4), four(2, 4)];
  const sizes = { left_window_size: int(1), right_window_size: int(1) };
  const near = Array.from({ length: 16 }, (_, k) => (Math.abs(Math.floor(k / 4) - (k % 4)) <= 1 ? 1 : 0));
  const window: Use = { op: 'Attention', opset: 25, attributes: sizes, inputs };
  const masked: Use = {
    op: 'Attention',
    opset: 23,
    inputs: [...inputs, { dims: [4, 4], type: 'bool', values: near }],
  };
  const [{ y0: banded }, { y0: expected }] = await Promise.all([outputsOf(window), outputsOf(masked)]);
  expect(numbersOf(banded)).toEqual(numbersOf(expected));
  await differentiates(window);
});

describe('what is not covered is refused by name', () => {
  test.each([
    [
      'keys in a cache',
      grouped('', [flat(1, 32), flat(1, 16), flat(1, 16), four(2, 3, 8), four(2, 3, 8), lengths, total]),
    ],
    ['do_rotary is not covered', packed('', [], { do_rotary: int(1) })],
    ['q_num_heads must be given', standard('', [flat(3, 8), flat(3, 8), flat(3, 8)])],
    [
      'packed batches',
      { ...ROTARY[4]!, attributes: { is_packed_batching: int(1), interleaved: int(0), x: text('') } },
    ],
  ] as const)('%s', (message, use) => {
    expect(() => expanded(use)).toThrow(message);
  });
});
