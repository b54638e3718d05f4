import { add, multiply, showDims, subtract } from '../dims.ts';
import type { Dim, ValueType } from '../model.ts';
import { axesInput, like, mustEqual, requireRank, sameTypes } from './common.ts';
import { type InferenceContext, int, operator, string } from './operator.ts';

function gather(c: InferenceContext): ValueType[] {
  const data = c.dims(0);
  const axis = c.axis(c.int('axis'), data.length);
  return [{ type: c.type(0), dims: [...data.slice(0, axis), ...c.dims(1), ...data.slice(axis + 1)] }];
}

function gatherElements(c: InferenceContext): ValueType[] {
  requireRank(c, 1, c.dims(0).length);
  c.axis(c.int('axis'), c.dims(0).length);
  return [{ type: c.type(0), dims: c.dims(1) }];
}

function gatherND(c: InferenceContext): ValueType[] {
  const [data, indices] = [c.dims(0), c.dims(1)];
  const depth = indices.at(-1);
  const batch = c.int('batch_dims');
  if (typeof depth !== 'number')
    c.fail(`the last dimension of the indices ${showDims(indices)} must be a number`);
  if (batch + depth > data.length)
    c.fail(`indices of ${depth} numbers into ${showDims(data)}, batch_dims ${batch}`);
  return [{ type: c.type(0), dims: [...indices.slice(0, -1), ...data.slice(batch + depth)] }];
}

function scatterElements(c: InferenceContext): ValueType[] {
  const rank = c.dims(0).length;
  c.axis(c.int('axis'), rank);
  for (const [axis, dim] of requireRank(c, 1, rank).entries()) {
    mustEqual(c, dim, requireRank(c, 2, rank)[axis] as Dim, `dimension ${axis} of indices and updates`);
  }
  return like(c);
}

function scatterND(c: InferenceContext): ValueType[] {
  const [data, indices] = [c.dims(0), c.dims(1)];
  const depth = indices.at(-1);
  if (typeof depth === 'number') {
    const expected = [...indices.slice(0, -1), ...data.slice(depth)];
    const updates = requireRank(c, 2, expected.length);
    for (const [axis, dim] of expected.entries()) {
      mustEqual(
        c,
        dim,
        updates[axis] as Dim,
        `dimension ${axis} of the updates (expected ${showDims(expected)})`,
      );
    }
  }
  return like(c);
}

/** Length of `start:end:step` along a dimension; undefined where it cannot be known. */
function sliced(dim: Dim, start: Dim, end: Dim, step: Dim): Dim | undefined {
  if (
    typeof dim === 'number' &&
    typeof start === 'number' &&
    typeof end === 'number' &&
    typeof step === 'number'
  ) {
    // The clamps of the specification: a negative step walks down from at most dim - 1 to before 0.
    const [low, high] = step > 0 ? [0, dim] : [-1, dim - 1];
    const clamp = (value: number) => Math.min(Math.max(value < 0 ? value + dim : value, low), high);
    const first = step > 0 ? clamp(start) : Math.max(0, clamp(start));
    return dim === 0 ? 0 : Math.max(0, Math.ceil((clamp(end) - first) / step));
  }
  if (step === -1 && start === -1 && typeof end === 'number' && end <= -Number.MAX_SAFE_INTEGER) return dim;
  if (step !== 1) return undefined;
  const toEnd = end === dim || (typeof end === 'number' && end > 2 ** 31 - 2);
  const fromStart = start === 0;
  if (toEnd)
    return fromStart
      ? dim
      : typeof start === 'number'
        ? start < 0
          ? -start
          : add(dim, -start)
        : subtract(dim, start);
  if (typeof end === 'string' && typeof dim === 'string')
    return subtract(end, typeof start === 'number' && start < 0 ? add(dim, start) : start);
  // `[:5]` of a symbol is 5 only where the symbol is at least 5.
  return typeof end === 'number' && end < 0 && typeof start === 'number' && start >= 0
    ? add(dim, end - start)
    : undefined;
}

function slice(c: InferenceContext): ValueType[] {
  const dims = [...c.dims(0)];
  const [starts, ends] = [c.known(1)?.values, c.known(2)?.values];
  const count = (starts ?? ends)?.length ?? c.dims(1)[0];
  if (typeof count === 'number' && count > dims.length)
    c.fail(`${count} starts for ${dims.length} dimensions`);
  const axes = c.has(3)
    ? axesInput(c, 3, dims.length)
    : typeof count === 'number'
      ? [...Array(count).keys()]
      : undefined;
  const steps = c.has(4) ? c.known(4)?.values : undefined;
  if (!axes) return [{ type: c.type(0), dims: dims.map((_, axis) => c.unknown(axis)) }];
  for (const [i, axis] of axes.entries()) {
    const [start, end] = [starts?.[i], ends?.[i]];
    const step = c.has(4) ? steps?.[i] : 1;
    if (step === 0) c.fail(`the step of axis ${axis} is 0`);
    const size =
      start === undefined || end === undefined || step === undefined
        ? undefined
        : sliced(dims[axis] as Dim, start, end, step);
    dims[axis] = size ?? c.unknown(axis);
  }
  return [{ type: c.type(0), dims }];
}

/** pads are input 1: begin of each axis, then end of each; axes are input 3. */
function pad(c: InferenceContext): ValueType[] {
  const dims = [...c.dims(0)];
  const pads = c.known(1)?.values;
  const axes = c.has(3) ? axesInput(c, 3, dims.length) : [...dims.keys()];
  if (!pads || !axes) return [{ type: c.type(0), dims: dims.map((_, axis) => c.unknown(axis)) }];
  if (pads.length !== 2 * axes.length) c.fail(`${pads.length} pads for ${axes.length} axes; each needs two`);
  for (const [i, axis] of axes.entries()) {
    dims[axis] = add(dims[axis] as Dim, add(pads[i] as Dim, pads[i + axes.length] as Dim));
  }
  return [{ type: c.type(0), dims }];
}

function oneHot(c: InferenceContext): ValueType[] {
  const indices = c.dims(0);
  const rank = indices.length + 1;
  const axis = c.axis(c.int('axis'), rank);
  const depth = c.known(1)?.values[0] ?? c.unknown(axis);
  return [{ type: c.type(2), dims: [...indices.slice(0, axis), depth, ...indices.slice(axis)] }];
}

function topK(c: InferenceContext): ValueType[] {
  const axis = c.axis(c.int('axis'), c.dims(0).length);
  const k = c.known(1)?.values[0] ?? c.unknown(axis);
  const dims = c.dims(0).map((dim, i) => (i === axis ? k : dim));
  return [
    { type: c.type(0), dims },
    { type: 'int64', dims },
  ];
}

function compress(c: InferenceContext): ValueType[] {
  const axis = c.optional('axis');
  if (typeof axis !== 'number') return [{ type: c.type(0), dims: [c.unknown(0)] }];
  const at = c.axis(axis, c.dims(0).length);
  return [{ type: c.type(0), dims: c.dims(0).map((dim, i) => (i === at ? c.unknown(i) : dim)) }];
}

const axis0 = { axis: int(0) };

export const INDEXING = [
  operator('Gather', 2, gather, { attributes: axis0 }),
  operator('GatherElements', 2, gatherElements, { attributes: axis0 }),
  operator('GatherND', 2, gatherND, { attributes: { batch_dims: int(0) } }),
  operator('ScatterElements', 3, scatterElements, { attributes: { ...axis0, reduction: string('none') } }),
  operator('ScatterND', 3, scatterND, { attributes: { reduction: string('none') } }),
  operator('Slice', [3, 5], slice),
  operator('Pad', [2, 4], pad, { attributes: { mode: string('constant') } }),
  operator('OneHot', 3, oneHot, { attributes: { axis: int(-1) } }),
  operator('TopK', 2, topK, { outputs: 2, attributes: { axis: int(-1), largest: int(1), sorted: int(1) } }),
  operator('Compress', 2, compress, { attributes: { axis: int() } }),
  operator('Trilu', [1, 2], like, { attributes: { upper: int(1) } }),
  operator('ReverseSequence', 2, like, { attributes: { batch_axis: int(1), time_axis: int(0) } }),
  operator('NonZero', 1, (c) => [{ type: 'int64', dims: [c.dims(0).length, c.unknown(1)] }]),
  operator('Range', 3, rangeRule),
];

function rangeRule(c: InferenceContext): ValueType[] {
  const [start, limit, step] = [0, 1, 2].map((i) => c.known(i)?.values[0]);
  const type = sameTypes(c);
  if (typeof start === 'number' && typeof limit === 'number' && typeof step === 'number') {
    return [{ type, dims: [Math.max(0, Math.ceil((limit - start) / step))] }];
  }
  const counts = step === 1 && start !== undefined && limit !== undefined;
  return [{ type, dims: [counts ? add(limit, multiply(start, -1)) : c.unknown(0)] }];
}
