import { integersOf, stringOf } from '../attributes.ts';
import { scatterBack } from '../lowerings/flat-scatter.ts';
import { paddedPositions, runsOf } from '../lowerings/pad-runs.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

export const padRule: RuleRow = rule(
  'Pad',
  'constant: g cropped; reflect, edge, wrap: the padding folded back, one Slice per stretch',
  (c) => {
    const mode = stringOf(c.node, 'mode', 'constant');
    if (mode === 'constant') return constantPad(c);
    return [foldedPad(c, mode)];
  },
);

function constantPad(c: RuleContext): (string | undefined)[] {
  const { e, inputs, wanted } = c;
  const g = gradientOf(c);
  const pads = padsOf(c);
  const cropped =
    pads === undefined
      ? e.op('Pad', [g, e.op('Neg', [inputs[1]!]), ...(inputs[3] ? ['', inputs[3]] : [])])
      : e.pad(
          g,
          pads.map((p) => (p === 0 ? 0 : -p)),
        );
  const everything = (value: string) =>
    e.sum(
      value,
      e.dimsOf(value).map((_, axis) => axis),
      false,
    );
  return [cropped, undefined, wanted[2] ? e.sub(everything(g), everything(cropped)) : undefined];
}

/** Each padded axis in turn: the stretches that copy the input are added onto it. */
function foldedPad(c: RuleContext, mode: string): string {
  const { e, inputs } = c;
  const x = inputs[0]!;
  const dims = e.dimsOf(x);
  const pads = padsOf(c);
  const folds = dims.map((size, axis) => [size, pads?.[axis], pads?.[axis + dims.length]] as const);
  if (pads === undefined || folds.some(([size, b, a]) => typeof size !== 'number' && (b !== 0 || a !== 0))) {
    const rest = inputs.slice(1).map((input, k) => (k === 1 ? '' : input));
    return scatterBack(e, gradientOf(c), x, (positions) => e.op('Pad', [positions, ...rest], { mode }));
  }
  return folds.reduce((g, [size, begin, end], axis) => {
    if (typeof size !== 'number' || (begin === 0 && end === 0)) return g;
    const rank = dims.length;
    const positions = paddedPositions(mode, size, begin!, end!);
    const parts = runsOf(positions).map(({ at, length, from, direction }) => {
      const forwards = e.slice(g, [at], [at + length], [axis]);
      // From the end of what was cut out: WebGPU knows no other way back (portable/slice.ts).
      const piece = direction === -1 ? e.slice(forwards, [-1], [-length - 1], [axis], [-1]) : forwards;
      const folded = direction === 0 ? e.sum(piece, [axis], true) : piece;
      const extent = direction === 0 ? 1 : length;
      const first = direction === -1 ? from - length + 1 : from;
      const around = new Array<number>(2 * rank).fill(0);
      around[axis] = first;
      around[axis + rank] = size - first - extent;
      return e.pad(folded, around);
    });
    return parts.reduce((sum, part) => e.add(sum, part));
  }, gradientOf(c));
}

/** Begins, then ends, of every axis; undefined when computed. */
function padsOf({ e, inputs }: RuleContext): number[] | undefined {
  const given = integersOf(e.builder.isConstant(inputs[1]!));
  const rank = e.dimsOf(inputs[0]!).length;
  if (given === undefined || !inputs[3]) return given;
  const axes = integersOf(e.builder.isConstant(inputs[3]));
  if (axes === undefined) return undefined;
  const pads = new Array<number>(2 * rank).fill(0);
  axes.forEach((axis, k) => {
    const place = axis < 0 ? axis + rank : axis;
    pads[place] = given[k]!;
    pads[place + rank] = given[k + axes.length]!;
  });
  return pads;
}
