import type { GraphBuilder } from '../onnx/builder.ts';
import type { Expressions } from '../onnx/expressions.ts';
import type { Node } from '../onnx/model.ts';
import { integersOf, stringOf } from './attributes.ts';

/**
 * The gradient of a Pad that was cut into slices (the taps of a window) is a sum of slices padded to its size, then cropped. Each
 * is cropped by itself instead, with the pads that it gets anyway: nothing is written around what is thrown away. Of
 * 3 x 3 taps over 2 x 2 positions that is three quarters of what is padded and added up.
 *
 * @param contributions to the gradient of the node's output
 * @returns contributions to that of its input; undefined where they are anything else
 */
export function croppedApart(
  e: Expressions,
  node: Node,
  contributions: readonly string[],
): readonly string[] | undefined {
  const outer = padsOf(e.builder, node);
  if (outer === undefined || contributions.length < 2) return undefined;
  const parts = contributions.map((value) => cropped(e, value, outer));
  if (!parts.every((part) => part !== undefined)) return undefined;
  return parts.map(({ value, pads }) => e.pad(value, pads));
}

interface Part {
  readonly value: string;
  readonly pads: readonly number[];
}

/** What was padded, and the pads that are left of it; undefined where nothing of it would be left. */
function cropped({ builder }: Expressions, padded: string, outer: readonly number[]): Part | undefined {
  const producer = builder.producer(padded);
  if (producer === undefined || !fillsZeros(builder, producer)) return undefined;
  const pads = padsOf(builder, producer)?.map((pad, k) => pad - outer[k]!);
  const value = producer.inputs[0] as string;
  const { dims } = builder.typeOf(value);
  const remains =
    pads &&
    dims.every((size, axis) => {
      const cut = Math.min(0, pads[axis]!) + Math.min(0, pads[axis + dims.length]!);
      return cut === 0 || (typeof size === 'number' && size + cut > 0);
    });
  return remains ? { value, pads } : undefined;
}

function fillsZeros(builder: GraphBuilder, { inputs }: Node): boolean {
  const fill = inputs[2];
  return !fill || builder.knownNumbers(fill)?.[0] === 0;
}

/** The pads of a Pad with a constant, on all axes, where they are known and none crops. */
function padsOf(builder: GraphBuilder, node: Node): readonly number[] | undefined {
  const isPlain =
    node.op === 'Pad' && node.domain === '' && stringOf(node, 'mode', 'constant') === 'constant';
  if (!isPlain || node.inputs[3]) return undefined;
  const known = integersOf(builder.isConstant(node.inputs[1] as string));
  return known?.every((pad) => pad >= 0) ? known : undefined;
}
