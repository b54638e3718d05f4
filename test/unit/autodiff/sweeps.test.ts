import fc from 'fast-check';
import { expect, test } from 'vitest';
import { directional } from './numeric.ts';
import { allFeedsOf, type InputSpec, modelOf, type Spec, wantedOf } from './spec.ts';

/** A failing case can be given again: its seed and path are in the message. */
const RUNS = { seed: 20, numRuns: 20 } as const;

/** Sizes 0 and 1 too. */
const dims = (least: number, most: number) =>
  fc.array(fc.integer({ min: 0, max: 3 }), { minLength: least, maxLength: most });
const flag = fc.integer({ min: 0, max: 1 });

async function agrees(spec: Spec): Promise<void> {
  const type = spec.check === 'float32' ? 'float32' : 'float64';
  const { analytic, numeric, scale } = await directional(
    modelOf(spec, type),
    allFeedsOf(spec, type),
    wantedOf(spec),
    type,
  );
  expect(Math.abs(analytic - numeric)).toBeLessThan((type === 'float64' ? 1e-6 : 1e-2) * scale);
}

/** A shape that broadcasts to `full`: leading dimensions dropped, others 1. */
function reduced(full: readonly number[], drop: number, ones: number): number[] {
  return full.map((dim, axis) => ((ones >> axis) & 1 ? 1 : dim)).slice(Math.min(drop, full.length));
}

const ELEMENTWISE: readonly [string, Partial<InputSpec>, Partial<InputSpec>][] = [
  ['Add', {}, {}],
  ['Sub', {}, {}],
  ['Mul', {}, {}],
  ['Div', {}, { range: [0.5, 2] }],
  ['Pow', { range: [0.5, 2] }, {}],
  // Apart from each other by half a step at least, so that nothing is tied.
  ['Max', { range: [-1, -0.1] }, { range: [0.1, 1] }],
  ['Min', { range: [-1, -0.1] }, { range: [0.1, 1] }],
];

test.each(ELEMENTWISE)('%s of any shapes that broadcast', async (op, left, right) => {
  const shapes = fc.tuple(
    dims(0, 3),
    fc.integer({ min: 0, max: 3 }),
    fc.nat(7),
    fc.integer({ min: 0, max: 3 }),
    fc.nat(7),
  );
  await fc.assert(
    fc.asyncProperty(shapes, async ([full, dropA, onesA, dropB, onesB]) => {
      const inputs = [
        { dims: reduced(full, dropA, onesA), ...left },
        { dims: reduced(full, dropB, onesB), ...right },
      ];
      await agrees({ op, about: JSON.stringify(inputs), inputs, check: 'float64' });
    }),
    RUNS,
  );
});

const REDUCTIONS: readonly [string, Partial<InputSpec>][] = [
  ['ReduceSum', {}],
  ['ReduceMean', {}],
  ['ReduceSumSquare', {}],
  ['ReduceL1', { avoid: [0] }],
  ['ReduceL2', { avoid: [0] }],
  ['ReduceLogSum', { range: [0.2, 2] }],
  ['ReduceLogSumExp', {}],
  ['ReduceProd', { range: [0.4, 1.6] }],
  ['ReduceMax', { distinct: true }],
  ['ReduceMin', { distinct: true }],
];

test.each(REDUCTIONS)('%s over any axes', async (op, input) => {
  const shape = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      shape,
      fc.nat(15),
      flag,
      flag,
      fc.nat(15),
      async (full, chosen, keepdims, noop, negative) => {
        const axes = full.flatMap((_, axis) =>
          (chosen >> axis) & 1 ? [(negative >> axis) & 1 ? axis - full.length : axis] : [],
        );
        const inputs: InputSpec[] = [
          { dims: full, ...input },
          { dims: [axes.length], type: 'int64', values: axes },
        ];
        const attributes = { keepdims, noop_with_empty_axes: noop };
        await agrees({
          op,
          about: JSON.stringify([full, axes, attributes]),
          attributes,
          inputs,
          check: 'float64',
        });
      },
    ),
    RUNS,
  );
});

test('Gemm with every flag, sizes 0 and 1, and a C of any shape that broadcasts', async () => {
  const sizes = fc.tuple(
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 0, max: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(
      sizes,
      flag,
      flag,
      fc.integer({ min: 0, max: 3 }),
      fc.nat(3),
      async ([m, k, n], transA, transB, drop, ones) => {
        const inputs: InputSpec[] = [
          { dims: transA ? [k, m] : [m, k] },
          { dims: transB ? [n, k] : [k, n] },
          ...(drop === 3 ? [] : [{ dims: reduced([m, n], drop, ones) }]),
        ];
        const attributes = { transA, transB, alpha: 0.7, beta: 1.3 };
        await agrees({
          op: 'Gemm',
          about: JSON.stringify([inputs, attributes]),
          attributes,
          inputs,
          check: 'float64',
        });
      },
    ),
    { ...RUNS, numRuns: 40 },
  );
});

test('MatMul of any batches that broadcast', async () => {
  // Not of size 0: ONNX Runtime 1.30's own fusion of Transpose and MatMul fails to broadcast 1 to 0.
  const sizes = fc.tuple(
    fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 3 }),
  );
  const parts = fc.tuple(
    fc.integer({ min: 0, max: 2 }),
    fc.nat(3),
    fc.integer({ min: 0, max: 2 }),
    fc.nat(3),
  );
  await fc.assert(
    fc.asyncProperty(sizes, parts, async ([batch, m, k, n], [dropA, onesA, dropB, onesB]) => {
      const inputs = [
        { dims: [...reduced(batch, dropA, onesA), m, k] },
        { dims: [...reduced(batch, dropB, onesB), k, n] },
      ];
      await agrees({ op: 'MatMul', about: JSON.stringify(inputs), inputs, check: 'float64' });
    }),
    { ...RUNS, numRuns: 40 },
  );
});

const window = fc.record({
  kernel: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  begin: fc.nat(1),
  end: fc.nat(1),
  rest: fc.nat(4),
});

test('Conv with any kernel, stride, dilation, pads and groups', async () => {
  await fc.assert(
    fc.asyncProperty(window, window, fc.integer({ min: 1, max: 2 }), flag, async (h, w, group, bias) => {
      const reach = [h, w].map((axis) => (axis.kernel - 1) * axis.dilation + 1 + axis.rest);
      const inputs: InputSpec[] = [
        { dims: [2, 2 * group, ...reach] },
        { dims: [2 * group, 2, h.kernel, w.kernel] },
        ...(bias ? [{ dims: [2 * group] }] : []),
      ];
      const attributes = {
        group,
        strides: [h.stride, w.stride],
        dilations: [h.dilation, w.dilation],
        pads: [h.begin, w.begin, h.end, w.end],
      };
      await agrees({
        op: 'Conv',
        about: JSON.stringify([inputs, attributes]),
        attributes,
        inputs,
        check: 'float32',
      });
    }),
    { ...RUNS, numRuns: 40 },
  );
});

test.each(['MaxPool', 'AveragePool'])('%s with any window', async (op) => {
  await fc.assert(
    fc.asyncProperty(window, window, flag, flag, async (h, w, ceil_mode, count_include_pad) => {
      const axes = [h, w];
      const reach = axes.map((axis) => (axis.kernel - 1) * axis.dilation + 1 + axis.rest);
      const attributes = {
        kernel_shape: axes.map(({ kernel }) => kernel),
        strides: axes.map(({ stride }) => stride),
        dilations: axes.map(({ dilation }) => dilation),
        // A pad must be smaller than the kernel.
        pads: [
          ...axes.map((a) => Math.min(a.begin, a.kernel - 1)),
          ...axes.map((a) => Math.min(a.end, a.kernel - 1)),
        ],
        ceil_mode,
        ...(op === 'AveragePool' && { count_include_pad }),
      };
      // ONNX Runtime 1.30 infers a window that starts beyond the input, and does not compute it: no model can have one.
      const hangs = axes.some((axis, k) => {
        const begin = attributes.pads[k] as number;
        const room = axis.rest + begin + (attributes.pads[k + 2] as number);
        return Math.ceil(room / axis.stride) * axis.stride >= (reach[k] as number) + begin;
      });
      fc.pre(ceil_mode === 0 || !hangs);
      const inputs: InputSpec[] = [{ dims: [1, 2, ...reach], distinct: op === 'MaxPool' }];
      const check = op === 'MaxPool' ? 'float64' : 'float32';
      await agrees({ op, about: JSON.stringify([inputs, attributes]), attributes, inputs, check });
    }),
    { ...RUNS, numRuns: 40 },
  );
});
