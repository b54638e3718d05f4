import { add, broadcastDims, divideExactly, formula, multiply, product, showDims } from '../dims.ts';
import type { Dim, ValueType } from '../model.ts';
import { axesInput, mustEqual, requireRank, sameTypes } from './common.ts';
import { type InferenceContext, int, ints, operator, required, string, VARIADIC } from './operator.ts';

const MOST_DIMENSIONS = 64;

/** The shape that input `index` holds; symbols of its own where only the data says it. */
export function shapeInput(c: InferenceContext, index: number): readonly Dim[] {
  const known = c.known(index);
  if (known) return known.values;
  const [rank] = requireRank(c, index, 1);
  if (typeof rank !== 'number') c.fail(`input ${index} is computed from data: the rank is not known`);
  if (rank > MOST_DIMENSIONS)
    c.fail(`input ${index} would give ${rank} dimensions; allowed are ${MOST_DIMENSIONS}`);
  return Array.from({ length: rank }, (_, axis) => c.unknown(axis));
}

/** 0 copies the input's dimension (unless allowzero), one -1 is what remains. */
function reshape(c: InferenceContext): ValueType[] {
  const from = c.dims(0);
  const copies = c.int('allowzero') === 0;
  const wanted = shapeInput(c, 1).map((dim, axis) => {
    if (dim !== 0 || !copies) return dim;
    return (
      from[axis] ??
      c.fail(`the shape ${showDims(shapeInput(c, 1))} copies dimension ${axis}, which is not there`)
    );
  });
  const hole = wanted.indexOf(-1);
  if (hole !== wanted.lastIndexOf(-1)) c.fail(`the shape ${showDims(wanted)} has more than one -1`);
  const rest = product(wanted.filter((_, axis) => axis !== hole));
  const total = product(from);
  if (hole >= 0) {
    const remains = rest === 0 ? 0 : divideExactly(total, rest);
    if (remains === undefined && typeof total === 'number' && typeof rest === 'number') {
      c.fail(`${showDims(from)} (${total} elements) does not divide into ${showDims(wanted)}`);
    }
    wanted[hole] = remains ?? formula('floor', [`${total}/${rest}`]);
  } else {
    mustEqual(c, total, rest, `elements of ${showDims(from)} and ${showDims(wanted)}`);
  }
  return [{ type: c.type(0), dims: wanted }];
}

function flatten(c: InferenceContext): ValueType[] {
  const dims = c.dims(0);
  const given = c.int('axis');
  const axis = given === dims.length ? given : c.axis(given, dims.length);
  return [{ type: c.type(0), dims: [product(dims.slice(0, axis)), product(dims.slice(axis))] }];
}

function transpose(c: InferenceContext): ValueType[] {
  const dims = c.dims(0);
  const perm = c.ints('perm') ?? [...dims.keys()].reverse();
  if (perm.length !== dims.length || new Set(perm).size !== dims.length) {
    c.fail(`perm [${perm.join(', ')}] is no permutation of ${dims.length} axes`);
  }
  return [{ type: c.type(0), dims: perm.map((axis) => c.dim(0, axis)) }];
}

function squeeze(c: InferenceContext): ValueType[] {
  const dims = c.dims(0);
  let axes: readonly number[] | undefined = c.has(1) ? axesInput(c, 1, dims.length) : undefined;
  if (c.has(1) && axes === undefined)
    c.fail('the axes (input 1) are computed from data: the rank is not known');
  axes ??= [...dims.keys()].filter((axis) => dims[axis] === 1);
  for (const axis of axes) mustEqual(c, dims[axis] as Dim, 1, `dimension ${axis}, which is squeezed`);
  return [{ type: c.type(0), dims: dims.filter((_, axis) => !axes.includes(axis)) }];
}

function unsqueeze(c: InferenceContext): ValueType[] {
  const count =
    c.numbers(1)?.length ?? c.fail('the axes (input 1) are computed from data: the rank is not known');
  const rank = c.dims(0).length + count;
  const axes = axesInput(c, 1, rank) ?? [];
  if (new Set(axes).size !== axes.length) c.fail(`axes [${axes.join(', ')}] name one axis twice`);
  const rest = [...c.dims(0)];
  return [
    {
      type: c.type(0),
      dims: Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() as Dim))),
    },
  ];
}

function concat(c: InferenceContext): ValueType[] {
  const first = c.dims(0);
  const axis = c.axis(c.int('axis'), first.length);
  const dims = [...first];
  for (let input = 1; input < c.inputs.length; input++) {
    for (const [i, dim] of requireRank(c, input, first.length).entries()) {
      if (i === axis) dims[i] = add(dims[i] as Dim, dim);
      else dims[i] = mustEqual(c, dims[i] as Dim, dim, `dimension ${i} of inputs 0 and ${input}`);
    }
  }
  return [{ type: sameTypes(c), dims }];
}

/** Sizes from input 1, else equal parts with a smaller last one. */
function split(c: InferenceContext): ValueType[] {
  const dims = c.dims(0);
  const axis = c.axis(c.int('axis'), dims.length);
  const total = dims[axis] as Dim;
  const parts = c.node.outputs.length;
  const with_ = (size: Dim): ValueType => ({
    type: c.type(0),
    dims: dims.map((dim, i) => (i === axis ? size : dim)),
  });
  if (c.has(1)) {
    const sizes = c.known(1)?.values;
    if (!sizes) return c.node.outputs.map((_, output) => with_(c.unknown(axis, output)));
    if (sizes.length !== parts) c.fail(`it has ${parts} outputs and ${sizes.length} sizes`);
    mustEqual(c, total, sizes.reduce(add, 0), `dimension ${axis} and the sum of the sizes`);
    return sizes.map(with_);
  }
  if (typeof total !== 'number') {
    return c.node.outputs.map((_, output) => with_(divideExactly(total, parts) ?? c.unknown(axis, output)));
  }
  const size = Math.ceil(total / parts);
  return c.node.outputs.map((_, output) => with_(Math.max(0, Math.min(size, total - output * size))));
}

function expand(c: InferenceContext): ValueType[] {
  return [{ type: c.type(0), dims: broadcastDims(c.dims(0), shapeInput(c, 1)) }];
}

function tile(c: InferenceContext): ValueType[] {
  const repeats = c.known(1)?.values;
  const dims = c.dims(0).map((dim, axis) => (repeats ? multiply(dim, repeats[axis] ?? 1) : c.unknown(axis)));
  return [{ type: c.type(0), dims }];
}

/** [N, C, H, W]: blocks from channels to space, or (inverse) from space to channels. */
const blocks =
  (inverse: boolean) =>
  (c: InferenceContext): ValueType[] => {
    const [n, channels, height, width] = requireRank(c, 0, 4) as [Dim, Dim, Dim, Dim];
    const size = c.int('blocksize');
    const shrink = (dim: Dim, by: number): Dim =>
      divideExactly(dim, by) ??
      (typeof dim === 'string'
        ? formula('floor', [`${dim}/${by}`])
        : c.fail(`${dim} is no multiple of ${by}`));
    const dims = inverse
      ? [n, multiply(channels, size * size), shrink(height, size), shrink(width, size)]
      : [n, shrink(channels, size * size), multiply(height, size), multiply(width, size)];
    return [{ type: c.type(0), dims }];
  };

export const RESHAPING = [
  operator('Reshape', 2, reshape, { attributes: { allowzero: int(0) } }),
  operator('Flatten', 1, flatten, { attributes: { axis: int(1) } }),
  operator('Transpose', 1, transpose, { attributes: { perm: ints() } }),
  operator('Squeeze', [1, 2], squeeze),
  operator('Unsqueeze', 2, unsqueeze),
  operator('Concat', VARIADIC, concat, { attributes: { axis: required(int()) } }),
  operator('Split', [1, 2], split, { outputs: VARIADIC, attributes: { axis: int(0), num_outputs: int() } }),
  operator('Expand', 2, expand),
  operator('Tile', 2, tile),
  operator('DepthToSpace', 1, blocks(false), {
    attributes: { blocksize: required(int()), mode: string('DCR') },
  }),
  operator('SpaceToDepth', 1, blocks(true), { attributes: { blocksize: required(int()) } }),
];
