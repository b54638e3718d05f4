import { integersOf } from '../attributes.ts';
import { scatterBack } from '../lowerings/flat-scatter.ts';
import { spread } from '../lowerings/spread.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

export const sliceRule: RuleRow = rule(
  'Slice',
  'zeros padded around (and between, for steps) g; computed starts: ScatterElements by position',
  (c) => {
    const { e, inputs } = c;
    const x = inputs[0]!;
    const g = gradientOf(c);
    const plan = planOf(c);
    if (plan === undefined) {
      const rest = inputs.slice(1);
      return [scatterBack(e, g, x, (positions) => e.op('Slice', [positions, ...rest]))];
    }
    const { axes, begins, steps, sizes } = plan;
    const backwards = axes.flatMap((axis, k) => (steps[k]! < 0 ? [axis] : []));
    const forward =
      backwards.length === 0
        ? g
        : e.slice(
            g,
            backwards.map(() => -1),
            backwards.map(() => Number.MIN_SAFE_INTEGER),
            backwards,
            backwards.map(() => -1),
          );
    return [spread(e, forward, axes, begins, steps.map(Math.abs), sizes)];
  },
);

interface SlicePlan {
  readonly axes: readonly number[];
  /** The smallest position read. */
  readonly begins: readonly number[];
  readonly steps: readonly number[];
  readonly sizes: readonly number[];
}

/** What is read, where all of it is known and not empty. */
function planOf({ e, inputs, outputs }: RuleContext): SlicePlan | undefined {
  const dims = e.dimsOf(inputs[0]!);
  const read = (k: number) => (inputs[k] ? integersOf(e.builder.isConstant(inputs[k])) : undefined);
  const starts = read(1);
  const axesGiven = inputs[3] ? read(3) : starts?.map((_, k) => k);
  const stepsGiven = inputs[4] ? read(4) : starts?.map(() => 1);
  if (starts === undefined || read(2) === undefined || !axesGiven || !stepsGiven) return undefined;
  const order = axesGiven
    .map((axis, k) => ({ axis: axis < 0 ? axis + dims.length : axis, k }))
    .sort((a, b) => a.axis - b.axis);
  const axes = order.map(({ axis }) => axis);
  const steps = order.map(({ k }) => stepsGiven[k]!);
  const sizes = axes.map((axis) => dims[axis]);
  const lengths = axes.map((axis) => e.dimsOf(outputs[0]!)[axis]);
  if (!isKnown(sizes) || !isKnown(lengths) || lengths.includes(0)) return undefined;
  const begins = order.map(({ k }, position) => {
    const size = sizes[position]!;
    const step = steps[position]!;
    const start = starts[k]! < 0 ? starts[k]! + size : starts[k]!;
    // The specification clamps: to [0, size] going up, to [0, size - 1] going down.
    const first = Math.min(Math.max(start, 0), step > 0 ? size : size - 1);
    return step > 0 ? first : first + (lengths[position]! - 1) * step;
  });
  return { axes, begins, steps, sizes };
}

function isKnown(dims: readonly unknown[]): dims is number[] {
  return dims.every((dim) => typeof dim === 'number');
}
