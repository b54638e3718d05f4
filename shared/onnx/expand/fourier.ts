import { constantTensor } from '../constants.ts';
import { type ExpandContext, type ExpandRow, expansion } from './context.ts';

/** Numbers of the matrix of a transform: a length of 2,048 of complex numbers. */
const MOST_NUMBERS = 2 ** 24;

interface Transform {
  /** Points that go in. */
  readonly length: number;
  /** Real numbers go in, instead of pairs. */
  readonly real: boolean;
  readonly inverse: boolean;
  /** Only the frequencies up to half: those of real numbers say the others. */
  readonly onesided: boolean;
}

/**
 * The discrete Fourier transform of [..., length, 1 or 2] along the axis before the last, as one product with a matrix of
 * cosines and sines: n² where a fast one takes n log n, and of operators that have a gradient everywhere.
 */
function transformed(c: ExpandContext, x: string, { length, real, inverse, onesided }: Transform): string {
  const points = onesided ? Math.floor(length / 2) + 1 : length;
  const [rows, columns] = [length * (real ? 1 : 2), points * 2];
  if (rows * columns > MOST_NUMBERS)
    c.fail(`a transform of ${length} points needs a matrix of ${rows} x ${columns}, which is too large`);
  const matrix = new Float64Array(rows * columns);
  const scale = inverse ? 1 / length : 1;
  const sign = inverse ? 1 : -1;
  for (let j = 0; j < length; j++) {
    for (let k = 0; k < points; k++) {
      const angle = (2 * Math.PI * ((j * k) % length)) / length;
      const [cos, sin] = [scale * Math.cos(angle), scale * sign * Math.sin(angle)];
      const at = (part: number) => (real ? j : 2 * j + part) * columns + 2 * k;
      matrix.set([cos, sin], at(0));
      if (!real) matrix.set([-sin, cos], at(1));
    }
  }
  const before = c.e.dimsOf(x).length - 2;
  const outer = new Array<number>(before).fill(0);
  const flat = c.e.op('Reshape', [x, c.e.ints([...outer, rows])]);
  const { type } = c.typeOf(x);
  const product = c.e.op('MatMul', [flat, c.e.constant(constantTensor(type, [rows, columns], [...matrix]))]);
  return c.e.op('Reshape', [product, c.e.ints([...outer, points, 2])]);
}

/** One of the operator's inputs that is a single number. @throws ModelError where only the data decide it */
function numberOf(c: ExpandContext, index: number, what: string, fallback: number): number {
  if (!c.has(index)) return fallback;
  return (
    c.numbers(index)?.[0] ?? c.fail(`${what} follows from the data: export the model with a fixed one there`)
  );
}

/** Whether the last axis holds real numbers, or pairs. */
function isReal(c: ExpandContext): boolean {
  const parts = c.size(0, -1);
  return parts === 1 || (parts !== 2 && c.fail(`its last axis has ${parts} numbers; 1 or 2 are possible`));
}

/** https://onnx.ai/onnx/operators/onnx__DFT.html; the axis is an input since opset 20, and is brought there on import. */
function expandTransform(c: ExpandContext): readonly string[] {
  const { e } = c;
  const rank = c.rank(0);
  const axis = c.axis(numberOf(c, 2, 'the axis', -2), rank);
  if (axis === rank - 1) c.fail('the axis of the transform is that of real and imaginary part');
  const [real, inverse, onesided] = [
    isReal(c),
    c.number('inverse', 0) === 1,
    c.number('onesided', 0) === 1,
  ] as const;
  if (onesided && (inverse || !real)) c.fail('onesided is of a transform forwards of real numbers');
  const signal = c.size(0, axis);
  const length = numberOf(c, 1, 'its length', signal);
  if (!Number.isInteger(length) || length < 1) c.fail(`its length is ${length}`);
  // Shorter ones are filled up with zeros, longer ones cut.
  const pads = new Array<number>(2 * rank).fill(0);
  pads[rank + axis] = length - signal;
  const order = [...Array.from({ length: rank }, (_, k) => k).filter((k) => k !== axis)];
  order.splice(rank - 2, 0, axis);
  const moved = e.transpose(e.pad(c.input(0), pads), order);
  const y = transformed(c, moved, { length, real, inverse, onesided });
  return [
    e.transpose(
      y,
      order.map((_, k) => order.indexOf(k)),
    ),
  ];
}

/** https://onnx.ai/onnx/operators/onnx__STFT.html: every frame times the window, then transformed. */
function expandShortTime(c: ExpandContext): readonly string[] {
  const { e } = c;
  // Real signals may come without an axis of their own.
  const x = c.rank(0) === 2 ? e.unsqueeze(c.input(0), [2]) : c.input(0);
  const real = c.rank(0) === 2 || isReal(c);
  const samples = c.size(0, 1);
  const step = numberOf(c, 1, 'the step between frames', 0);
  const window = c.has(2) ? c.size(2, 0) : samples;
  const length = numberOf(c, 3, 'the length of frames', window);
  if (!(step >= 1 && length >= 1 && length <= samples))
    c.fail(`frames of ${length} numbers, ${step} apart, of ${samples} are not possible`);
  if (c.has(2) && window !== length) c.fail(`its window has ${window} numbers, its frames ${length}`);
  const onesided = c.number('onesided', 1) === 1;
  if (onesided && !real) c.fail('onesided is of real numbers');
  const frames = Math.floor((samples - length) / step) + 1;
  if (frames * length > MOST_NUMBERS) c.fail(`${frames} frames of ${length} numbers are too many`);
  const places = Array.from({ length: frames * length }, (_, k) => {
    return Math.floor(k / length) * step + (k % length);
  });
  const cut = e.op('Gather', [x, e.constant(constantTensor('int64', [frames, length], places))], { axis: 1 });
  const weighed = c.has(2) ? e.mul(cut, e.unsqueeze(c.input(2), [1])) : cut;
  return [transformed(c, weighed, { length, real, inverse: false, onesided })];
}

export const FOURIER: readonly ExpandRow[] = [
  expansion('DFT', '', 'a product with cosines and sines; the length must be known', expandTransform),
  expansion('STFT', '', 'Gather of frames, Mul, MatMul; step and lengths must be known', expandShortTime),
];
