import type { Operand } from '../../onnx/expressions.ts';
import { numberOf, stringOf } from '../attributes.ts';
import type { RuleContext } from '../registry.ts';

/** What sampling reads of a node: of one that is differentiated, or written in other operators. */
export type SamplingContext = Pick<RuleContext, 'e' | 'node' | 'inputs' | 'target'>;

/** One element along an axis that a sample reads. */
export interface Tap {
  /** Its place, a float in [0, size). */
  readonly index: string;
  /** How much of it; 0 where padding with zeros has nothing. */
  readonly weight: string;
  /** The derivative of the weight by the normalised coordinate. */
  readonly slope: string;
}

/** The kernel of ONNX Runtime and PyTorch (Keys 1981 with a = -0.75). */
const CUBIC = -0.75;

/**
 * What GridSample reads along one axis. Padding is by element, not by coordinate: for linear interpolation the same,
 * for cubic what PyTorch and ONNX Runtime do.
 *
 * @param coordinate normalised to [-1, 1], any shape.
 * @param size of the axis.
 */
export function axisTaps(c: SamplingContext, coordinate: string, size: Operand): Tap[] {
  const { e, node, target } = c;
  const mode = stringOf(node, 'mode', 'linear');
  const corners = numberOf(node, 'align_corners', 0) === 1;
  const half =
    typeof size === 'number' ? (corners ? size - 1 : size) / 2 : e.mul(corners ? e.sub(size, 1) : size, 0.5);
  // align_corners: (coordinate + 1) (size - 1) / 2; else ((coordinate + 1) size - 1) / 2.
  const scaled = e.mul(e.add(coordinate, 1), half);
  const place = corners ? scaled : e.sub(scaled, 0.5);
  if (mode === 'nearest') {
    // Round (half to even, as the forward operator) is not on WebGPU; the floor differs on exact halves only.
    const index = target === 'webgpu' ? e.op('Floor', [e.add(place, 0.5)]) : e.op('Round', [place]);
    return [padded(c, index, size, undefined, undefined)];
  }
  const low = e.op('Floor', [place]);
  const t = e.sub(place, low);
  if (mode === 'linear') {
    const one = e.fillLike(t, 1);
    const slope = e.mul(one, half);
    return [padded(c, low, size, e.sub(1, t), e.neg(slope)), padded(c, e.add(low, 1), size, t, slope)];
  }
  return [-1, 0, 1, 2].map((offset) => {
    const distance = offset <= 0 ? e.sub(t, offset) : e.sub(offset, t);
    const near = offset === 0 || offset === 1;
    const [a3, a2, a1, a0] = near
      ? [CUBIC + 2, -(CUBIC + 3), 0, 1]
      : [CUBIC, -5 * CUBIC, 8 * CUBIC, -4 * CUBIC];
    const horner = (...factors: number[]) =>
      factors
        .slice(2)
        .reduce(
          (value, factor) => (factor === 0 ? e.mul(value, distance) : e.add(e.mul(value, distance), factor)),
          e.add(e.mul(distance, factors[0]!), factors[1]!),
        );
    const slope = e.mul(e.mul(horner(3 * a3!, 2 * a2!, a1!), offset <= 0 ? 1 : -1), half);
    return padded(c, e.add(low, offset), size, horner(a3!, a2!, a1!, a0!), slope);
  });
}

/** The tap that is read for a place that may lie outside. */
function padded(
  c: SamplingContext,
  place: string,
  size: Operand,
  weight: string | undefined,
  slope: string | undefined,
): Tap {
  const { e, node } = c;
  const mode = stringOf(node, 'padding_mode', 'zeros');
  const last = typeof size === 'number' ? size - 1 : e.sub(size, 1);
  const inside = (value: string) =>
    e.where(e.less(value, 0), 0, e.where(e.greater(value, last), last, value));
  const one = () => e.fillLike(place, 1);
  if (mode === 'reflection') {
    return { index: inside(reflected(c, place, size)), weight: weight ?? one(), slope: slope ?? one() };
  }
  if (mode === 'border') return { index: inside(place), weight: weight ?? one(), slope: slope ?? one() };
  const there = (value: string | number) =>
    e.where(
      e.less(place, 0),
      0,
      e.where(e.greater(place, last), 0, typeof value === 'number' ? one() : value),
    );
  return { index: inside(place), weight: there(weight ?? 1), slope: there(slope ?? 1) };
}

/** A triangular wave over the outer edges, or (align_corners) over the outermost elements' centres. */
function reflected({ e, node }: SamplingContext, place: string, size: Operand): string {
  const corners = numberOf(node, 'align_corners', 0) === 1;
  const low = corners ? 0 : -0.5;
  const range = corners ? (typeof size === 'number' ? Math.max(1, size - 1) : e.sub(size, 1)) : size;
  const t = e.div(e.sub(place, low), range);
  const u = e.sub(t, e.mul(e.op('Floor', [e.mul(t, 0.5)]), 2));
  const wave = e.mul(e.sub(1, e.abs(e.sub(u, 1))), range);
  // Rounded, for what the division left.
  return e.op('Floor', [e.add(e.add(wave, low), 0.5)]);
}
