import { dataTypeOfCode } from '../../onnx/data-types.ts';
import { type ExpandContext, type ExpandRow, expansion } from '../../onnx/expand/context.ts';
import type { Dim, Node } from '../../onnx/model.ts';

// WebGPU's provider writes int64 but does not read it as numbers: Cast from int64, and ArgMax, go to the CPU in the middle
// of a step. What a training program needs of them can be had from float32.

export const WHOLE_NUMBERS: ExpandRow = expansion(
  'Cast',
  '',
  'of int64: sums of ones for sizes, comparisons with the maximum for ArgMax',
  (c) => {
    const input = c.input(0);
    const to = dataTypeOfCode(c.number('to', 0));
    if (c.type(0) !== 'int64' || to === undefined || to === 'int64') return undefined;
    const maker = c.builder.producer(input);
    const value =
      maker?.op === 'ArgMax' ? firstMaximum(c, maker) : isSize(c, input) ? sizes(c, input) : undefined;
    return value === undefined ? undefined : [c.e.cast(value, to)];
  },
);

/** The index of the first (or last) of the largest values, as float32: exact below 2^24. */
function firstMaximum({ e }: ExpandContext, { inputs, attributes }: Node): string | undefined {
  const x = inputs[0]!;
  const dims = e.dimsOf(x);
  const number = (name: string, fallback: number) => {
    const attribute = attributes[name];
    return attribute?.kind === 'int' ? attribute.value : fallback;
  };
  const axis = (number('axis', 0) + dims.length) % dims.length;
  const size = dims[axis];
  if (typeof size !== 'number' || e.typeOf(x).type !== 'float32') return undefined;
  const last = number('select_last_index', 0) === 1;
  const keepdims = number('keepdims', 1);
  const axes = e.ints([axis]);
  const largest = e.op('ReduceMax', [x, axes], { keepdims: 1 });
  const range = e.constant({
    type: 'float32',
    dims: dims.map((_, k) => (k === axis ? size : 1)),
    data: Float32Array.from({ length: size }, (_, index) => index),
  });
  const places = e.where(e.equal(x, largest), range, last ? -1 : size);
  return e.op(last ? 'ReduceMax' : 'ReduceMin', [places, axes], { keepdims });
}

const OF_SIZES = new Set(['Gather', 'Slice', 'Squeeze', 'Unsqueeze', 'Concat', 'Mul', 'Add', 'Reshape']);

/** Whether a value is computed from shapes: then it is in the CPU's memory, where shapes of values on the GPU are. */
function isSize(c: ExpandContext, value: string): boolean {
  const maker = c.builder.producer(value);
  if (maker === undefined) return false;
  if (maker.op === 'Shape' || maker.op === 'Constant') return true;
  return OF_SIZES.has(maker.op) && maker.inputs.every((input) => input === '' || isSize(c, input));
}

/**
 * Sizes as float32: as many ones, added up. The provider reads shapes for an Expand, so no shape becomes a number. The batch
 * is that of an input: the shape of a convolution's output would be put in another order, by a Gather on the CPU.
 */
function sizes(c: ExpandContext, value: string): string | undefined {
  const { e } = c;
  const dims = e.dimsOf(value);
  const length = dims.length === 0 ? 1 : dims[0];
  if (dims.length > 1 || typeof length !== 'number') return undefined;
  const one = e.scalar(1, 'float32');
  const counts = Array.from({ length }, (_, at) => {
    const size =
      sizeOfInput(c, dimAt(c, value, at)) ??
      (dims.length === 0 ? e.op('Reshape', [value, e.ints([1])]) : e.slice(value, [at], [at + 1], [0]));
    return e.sum(e.op('Expand', [one, size]), [0], dims.length === 1);
  });
  return e.concat(counts, 0);
}

/** Which dimension a size is, where it is read from a shape directly. */
function dimAt(c: ExpandContext, value: string, at: number): Dim | undefined {
  const maker = c.builder.producer(value);
  const [source, indices] = maker?.inputs ?? [];
  if (maker === undefined || source === undefined) return undefined;
  if (maker.op === 'Squeeze') return dimAt(c, source, 0);
  if (maker.op === 'Gather' && indices !== undefined) {
    const index = c.builder.knownNumbers(indices)?.[at];
    return index === undefined ? undefined : dimAt(c, source, index);
  }
  if (maker.op !== 'Shape') return undefined;
  const start = maker.attributes['start'];
  return c.e.dimsOf(source).at((start?.kind === 'int' ? start.value : 0) + at);
}

function sizeOfInput(c: ExpandContext, dim: Dim | undefined): string | undefined {
  if (typeof dim !== 'string') return undefined;
  const input = c.builder.inputs.find(({ dims }) => dims.includes(dim));
  return input && c.e.dim(input.name, input.dims.indexOf(dim));
}
