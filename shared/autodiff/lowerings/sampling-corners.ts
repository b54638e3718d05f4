import { axisTaps, type SamplingContext, type Tap } from './sampling.ts';

/** One corner of the cells sampled: everything [N, 1, P]. */
export interface Corner {
  /** Flat position in the image, a float. */
  readonly index: string;
  readonly weight: string;
  /** The derivative of the weight by the coordinate along each axis. */
  readonly slopes: readonly string[];
}

/** Every combination of the taps of the axes. */
export function cornersOf(c: SamplingContext, withSlopes: boolean): Corner[] {
  const { e, inputs } = c;
  const [x, grid] = inputs as readonly [string, string];
  const rank = e.dimsOf(x).length - 2;
  const type = e.typeOf(grid).type;
  const sizes = Array.from({ length: rank }, (_, axis) => {
    const size = e.dimsOf(x)[axis + 2];
    return typeof size === 'number' ? size : e.cast(e.op('Squeeze', [e.dim(x, axis + 2)]), type);
  });
  const taps = sizes.map((size, axis) => {
    const last = rank - 1 - axis;
    const coordinate = e.op('Reshape', [e.slice(grid, [last], [last + 1], [rank + 1]), e.ints([0, 1, -1])]);
    return axisTaps(c, coordinate, size);
  });
  return taps
    .reduce<Tap[][]>((all, axis) => all.flatMap((corner) => axis.map((tap) => [...corner, tap])), [[]])
    .map((corner) => {
      const product = (replaced: number) =>
        corner.map((tap, k) => (k === replaced ? tap.slope : tap.weight)).reduce((a, b) => e.mul(a, b));
      return {
        index: corner
          .map((tap) => tap.index)
          .reduce((flat, index, k) => e.add(e.mul(flat, sizes[k]!), index)),
        weight: product(-1),
        slopes: withSlopes ? corner.map((_, k) => product(k)) : [],
      };
    });
}
