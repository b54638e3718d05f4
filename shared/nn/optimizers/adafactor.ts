import type { OptimizerJob } from '../../job/job.ts';
import type { ParameterEntry, ParameterLayout } from '../../parameters/layout.ts';
import { countedFromOne, type Optimizer, stateVector, trainableEntries } from './optimizer.ts';

/** PyTorch's default: the machine epsilon of the parameters' type, float32. */
const EPSILON1 = 2 ** -23;

/**
 * Adafactor (Shazeer and Stern, ICML 2018) as PyTorch defines it: the second moment of a matrix is the outer product of
 * one mean for each row and one for each column, so its state is O(rows + columns); of a vector it is kept in full.
 * Tensors of more dimensions are stacks of matrices of their last two. Loops in float64: a step costs a few passes of
 * plain JavaScript over the gradient.
 */
export function adafactor(job: Extract<OptimizerJob, { kind: 'adafactor' }>): Optimizer {
  return {
    slots: ['variance'],
    slotLength: (_, layout) => trainableEntries(layout).reduce((sum, entry) => sum + stateLength(entry), 0),
    step(_, parameters, gradient, state, layout, { learningRate, step, gradientScale = 1 }) {
      countedFromOne('Adafactor', step);
      const blend = step ** job.beta2Decay;
      const rate = Math.min(learningRate, 1 / Math.sqrt(step));
      const variance = stateVector(state, 'variance');
      checkLength(variance.length, layout);
      let start = 0;
      for (const entry of trainableEntries(layout)) {
        const { offset, length, decay } = entry;
        const p = parameters.view.subarray(offset, offset + length);
        const g = gradient.view.subarray(offset, offset + length);
        const size = stateLength(entry);
        const moments = variance.view.subarray(start, start + size);
        start += size;
        const alpha = Math.max(job.epsilon, rootMeanSquare(p)) * rate;
        if (decay && job.weightDecay !== 0) scale(p, 1 - learningRate * job.weightDecay);
        const estimate = entry.dims.length > 1 ? factored : full;
        const denominators = estimate(entry, g, moments, blend, gradientScale);
        let squares = 0;
        for (let i = 0; i < length; i++) squares += (g[i]! * gradientScale * denominators(i)) ** 2;
        const clip = Math.max(1, Math.sqrt(squares / length) / job.clip);
        const factor = (alpha / clip) * gradientScale;
        for (let i = 0; i < length; i++) p[i]! -= factor * g[i]! * denominators(i);
      }
    },
  };
}

/** 1 / √(second moment) of the element at an index. */
type Denominators = (index: number) => number;

function full(
  _: ParameterEntry,
  g: Float32Array,
  moments: Float32Array,
  blend: number,
  gradientScale: number,
): Denominators {
  for (let i = 0; i < g.length; i++) {
    moments[i] = moments[i]! + blend * ((g[i]! * gradientScale) ** 2 - moments[i]!);
  }
  return (i) => inverseRoot(moments[i]!);
}

function factored(
  entry: ParameterEntry,
  g: Float32Array,
  moments: Float32Array,
  blend: number,
  gradientScale: number,
): Denominators {
  const { rows, columns, stack } = matrices(entry);
  const meanOfRows = new Float64Array(stack);
  for (let k = 0; k < stack; k++) {
    const at = k * (rows + columns);
    const row = new Float64Array(rows);
    const column = new Float64Array(columns);
    for (let i = 0, index = k * rows * columns; i < rows; i++) {
      for (let j = 0; j < columns; j++, index++) {
        const square = (g[index]! * gradientScale) ** 2;
        row[i]! += square / columns;
        column[j]! += square / rows;
      }
    }
    for (let i = 0; i < rows; i++) moments[at + i]! += blend * (row[i]! - moments[at + i]!);
    for (let j = 0; j < columns; j++)
      moments[at + rows + j]! += blend * (column[j]! - moments[at + rows + j]!);
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += moments[at + i]!;
    meanOfRows[k] = Math.max(EPSILON1, sum / rows);
  }
  return (index) => {
    const k = Math.floor(index / (rows * columns));
    const at = k * (rows + columns);
    const row = moments[at + (Math.floor(index / columns) % rows)]!;
    return inverseRoot((row * moments[at + rows + (index % columns)]!) / meanOfRows[k]!);
  };
}

const inverseRoot = (variance: number) => 1 / Math.sqrt(Math.max(variance, EPSILON1 * EPSILON1));

function matrices({ dims, length }: ParameterEntry) {
  const [rows, columns] = [dims.at(-2)!, dims.at(-1)!];
  return { rows, columns, stack: rows * columns === 0 ? 0 : length / (rows * columns) };
}

function stateLength(entry: ParameterEntry): number {
  if (entry.dims.length < 2) return entry.length;
  const { rows, columns, stack } = matrices(entry);
  return stack * (rows + columns);
}

function checkLength(length: number, layout: ParameterLayout): void {
  const needed = trainableEntries(layout).reduce((sum, entry) => sum + stateLength(entry), 0);
  if (length < needed) {
    throw new RangeError(`The optimizer's state vector 'variance' has ${length} floats, it needs ${needed}.`);
  }
}

function rootMeanSquare(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return values.length === 0 ? 0 : Math.sqrt(sum / values.length);
}

function scale(values: Float32Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i]! *= factor;
}
