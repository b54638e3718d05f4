import type { GraphBuilder } from '../builder.ts';
import type { AttributeValue } from '../model.ts';
import { type ExpandContext, type ExpandRow, expansion } from './context.ts';
import { dequantized, isStored, type Quantised, weight } from './dequantize.ts';
import { reshapeTo } from './shape-of.ts';

/** Integers of 32 bits that a MatMulInteger or ConvInteger gives, and the float values that they were cast from. */
const EXACT = new WeakMap<GraphBuilder, Map<string, string>>();

/**
 * Stored integers of MatMulInteger and ConvInteger are weights of up to 1, not 127: Adam's steps have the size of the learning
 * rate, and would not move them. A power of two: no digit is lost.
 */
const UNIT = 2 ** -7;

/** Inputs x, scale and zero point from `first` on. */
function group(c: ExpandContext, first: number, axis: number): Quantised {
  return { x: c.input(first), scale: c.input(first + 1), zero: c.inputs[first + 2] ?? '', axis };
}

function expandDequantize(c: ExpandContext): readonly string[] | undefined {
  const block = c.number('block_size', 0);
  const from = { ...group(c, 0, c.number('axis', 1)), block };
  if (isStored(c, from)) return [weight(c, from)];
  if (block === 0 || c.rank(1) < 2) return undefined;
  return [inBlocks(c, from)];
}

/** [..., blocks * block, ...] with a scale for each block: the axis is split in two, and joined again. */
function inBlocks(c: ExpandContext, { x, scale, zero, axis, block = 0 }: Quantised): string {
  const { e } = c;
  const at = c.axis(axis, c.rank(0));
  const size = c.size(0, at);
  if (size % block !== 0) c.fail(`dimension ${at} (${size}) is no multiple of its blocks of ${block}`);
  const { type } = e.typeOf(scale);
  const dims = c.dims(0).map((_, k) => ({ value: x, axes: [k] }));
  const split = [...dims.slice(0, at), size / block, block, ...dims.slice(at + 1)];
  const data = reshapeTo(e, e.cast(x, type), split);
  const centred = zero === '' ? data : e.sub(data, e.unsqueeze(e.cast(zero, type), [at + 1]));
  return reshapeTo(e, e.mul(centred, e.unsqueeze(scale, [at + 1])), dims);
}

function quantized(c: ExpandContext, y: string, scale: number): string {
  const inputs = c.has(scale + 1) ? [c.input(scale), c.input(scale + 1)] : [c.input(scale)];
  return c.e.op('QuantizeLinear', [y, ...inputs]);
}

function qLinearMatMul(c: ExpandContext): readonly string[] {
  const a = dequantized(c, group(c, 0, c.rank(0) - 2));
  const b = dequantized(c, group(c, 3, c.rank(3) - 1));
  return [quantized(c, c.e.op('MatMul', [a, b]), 6)];
}

function qLinearConv(c: ExpandContext): readonly string[] {
  const { e } = c;
  const x = dequantized(c, group(c, 0, 1));
  const w = dequantized(c, group(c, 3, 0));
  const inputs = c.has(8) ? [x, w, bias(c, 8, 1, 4)] : [x, w];
  return [quantized(c, e.op('Conv', inputs, c.node.attributes), 6)];
}

/** A bias of 32-bit integers in steps of the product of two scales. */
function bias(c: ExpandContext, index: number, first: number, second: number): string {
  const scales = [c.constant(first), c.constant(second)];
  const [a, b] = scales;
  if (a === undefined || b === undefined || c.constant(index) === undefined) {
    const step = c.e.mul(c.input(first), c.input(second));
    return c.e.mul(c.e.cast(c.input(index), c.type(first)), step);
  }
  const long = a.data.length > b.data.length ? a : b;
  const step = {
    type: 'float32',
    dims: long.dims,
    data: Float32Array.from(
      { length: long.data.length },
      (_, k) => Number(a.data[a.data.length === 1 ? 0 : k]) * Number(b.data[b.data.length === 1 ? 0 : k]),
    ),
  } as const;
  return weight(c, { x: c.input(index), scale: c.e.constant(step), zero: '', axis: 0 });
}

/** A float value as 32-bit integers; who casts it back to float gets the value itself. */
function exact(c: ExpandContext, value: string): string {
  const integers = c.e.cast(value, 'int32');
  const known = EXACT.get(c.builder) ?? new Map<string, string>();
  EXACT.set(c.builder, known.set(integers, value));
  return integers;
}

interface Steps {
  readonly value: string;
  /** What a step is in its units. */
  readonly unit: number;
}

/** Integers minus their zero point, as floats; stored ones are a weight in units of 128 steps. */
function steps(c: ExpandContext, index: number, zero: number, axis: number): Steps {
  const known = c.inputs[zero] ?? '';
  const stored = isStored(c, { x: c.input(index), scale: '', zero: known, axis });
  const unit = stored ? UNIT : 1;
  const from = { x: c.input(index), scale: c.e.scalar(unit, 'float32'), zero: known, axis };
  if (known === '' || c.rank(zero) === 0 || c.dims(zero)[0] === 1)
    return { value: dequantized(c, from), unit };
  if (stored) {
    // A zero point for each column: the scale needs as many.
    const units = {
      type: 'float32',
      dims: [c.size(zero, 0)],
      data: new Float32Array(c.size(zero, 0)).fill(unit),
    } as const;
    return { value: dequantized(c, { ...from, scale: c.e.constant(units) }), unit };
  }
  return c.fail(`its zero point (input ${zero}) for each row of computed data is not covered`);
}

/** What an operator makes of two such values, in steps again. */
function inSteps(c: ExpandContext, op: 'MatMul' | 'Conv', a: Steps, b: Steps): readonly string[] {
  const product = c.e.op(op, [a.value, b.value], op === 'Conv' ? c.node.attributes : {});
  const unit = a.unit * b.unit;
  return [exact(c, unit === 1 ? product : c.e.mul(product, c.e.scalar(1 / unit, 'float32')))];
}

function matMulInteger(c: ExpandContext): readonly string[] {
  return inSteps(c, 'MatMul', steps(c, 0, 2, c.rank(0) - 2), steps(c, 1, 3, c.rank(1) - 1));
}

function convInteger(c: ExpandContext): readonly string[] {
  return inSteps(c, 'Conv', steps(c, 0, 2, 1), steps(c, 1, 3, 0));
}

/** A Cast of such integers to float is the value that they were cast from. */
function castBack(c: ExpandContext): readonly string[] | undefined {
  const value = EXACT.get(c.builder)?.get(c.input(0));
  return value !== undefined && c.number('to', 0) === 1 ? [value] : undefined;
}

/** com.microsoft: dequantised inputs, an operator, and the result quantised. */
const through =
  (apply: (c: ExpandContext, inputs: readonly string[]) => string, count: number) =>
  (c: ExpandContext): readonly string[] => {
    const inputs = Array.from({ length: count }, (_, k) => dequantized(c, group(c, 3 * k, 0)));
    return [quantized(c, apply(c, inputs), 3 * count)];
  };

function qGemm(c: ExpandContext): readonly string[] {
  const a = dequantized(c, group(c, 0, 0));
  const b = dequantized(c, group(c, 3, c.number('transB', 0) === 1 ? 0 : 1));
  const inputs = c.has(6) ? [a, b, bias(c, 6, 1, 4)] : [a, b];
  const attributes: Record<string, AttributeValue> = { ...c.node.attributes };
  const alpha = c.number('alpha', 1);
  if (c.has(6) && alpha !== 1) c.fail('alpha beside a bias is not covered');
  const y = c.e.op('Gemm', inputs, attributes);
  return [c.has(7) ? quantized(c, y, 7) : y];
}

const ms = 'com.microsoft';

export const QUANTISED: readonly ExpandRow[] = [
  expansion(
    'DequantizeLinear',
    '',
    'stored integers become a float weight that can be trained; blocks by Reshape and Mul; else its gradient rule',
    expandDequantize,
  ),
  expansion('QLinearMatMul', '', 'dequantised: MatMul, QuantizeLinear (straight-through)', qLinearMatMul),
  expansion('QLinearConv', '', 'dequantised: Conv, QuantizeLinear (straight-through)', qLinearConv),
  expansion(
    'MatMulInteger',
    '',
    'MatMul of floats; stored integers are a weight in units of 128 steps',
    matMulInteger,
  ),
  expansion(
    'ConvInteger',
    '',
    'Conv of floats; stored integers are a weight in units of 128 steps',
    convInteger,
  ),
  expansion(
    'Cast',
    '',
    'of what MatMulInteger or ConvInteger gave, to float32: nothing; else its gradient rule',
    castBack,
  ),
  expansion(
    'QLinearAdd',
    ms,
    'dequantised: Add, QuantizeLinear',
    through((c, [a, b]) => c.e.add(a!, b!), 2),
  ),
  expansion(
    'QLinearMul',
    ms,
    'dequantised: Mul, QuantizeLinear',
    through((c, [a, b]) => c.e.mul(a!, b!), 2),
  ),
  expansion(
    'QLinearSigmoid',
    ms,
    'dequantised: Sigmoid, QuantizeLinear',
    through((c, [x]) => c.e.sigmoid(x!), 1),
  ),
  expansion(
    'QLinearLeakyRelu',
    ms,
    'dequantised: LeakyRelu, QuantizeLinear',
    through((c, [x]) => c.e.op('LeakyRelu', [x!], { alpha: c.number('alpha', 0.01) }), 1),
  ),
  expansion('QGemm', ms, 'dequantised: Gemm, QuantizeLinear', qGemm),
];
