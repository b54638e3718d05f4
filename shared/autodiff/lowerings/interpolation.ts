import type { Attributes } from '../../onnx/builder.ts';
import { integersOf, intsOf, numberOf, stringOf } from '../attributes.ts';
import { MissingGradientError } from '../errors.ts';
import type { RuleContext } from '../registry.ts';
import { identityOf } from './identity.ts';

/**
 * The weights [in, out] with which a Resize node mixes the elements of one axis: the node's own operator applied to
 * the rows of the identity [1, 1, in, in] along its last axis.
 */
export function interpolationMatrix(c: RuleContext, x: string, y: string, axis: number): string {
  const { e, node, inputs } = c;
  const type = e.typeOf(x).type;
  const identity = e.unsqueeze(identityOf(e, x, axis), [0, 1]);
  const rank = e.dimsOf(x).length;
  const axes = (intsOf(node, 'axes') ?? Array.from({ length: rank }, (_, k) => k)).map((k) =>
    k < 0 ? k + rank : k,
  );
  const place = axes.indexOf(axis);
  const attributes = attributesOfAxis(c);
  const crops = stringOf(node, 'coordinate_transformation_mode', '') === 'tf_crop_and_resize';
  const roi = crops && inputs[1] ? roiOf(c, place, axes.length) : '';
  if (stringOf(node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch' && inputs[3])
    return withPolicy(c, identity, axis, axes);
  const ones = [1, 1, 1];
  const scales = inputs[2] && e.dimsOf(inputs[2])[0] !== 0;
  const resized = scales
    ? e.op(
        'Resize',
        [identity, roi, e.concat([floats(c, ones), element(c, inputs[2]!, place)], 0)],
        attributes,
      )
    : e.op(
        'Resize',
        [identity, roi, '', e.concat([e.ints([1, 1]), e.dim(x, axis), e.dim(y, axis)], 0)],
        attributes,
      );
  return e.cast(e.op('Squeeze', [resized, e.ints([0, 1])]), type);
}

/** One number of a vector, as [1]. */
function element({ e }: RuleContext, vector: string, place: number): string {
  return e.slice(vector, [place], [place + 1], [0]);
}

function floats({ e }: RuleContext, values: readonly number[]): string {
  return e.constant({ type: 'float32', dims: [values.length], data: Float32Array.from(values) });
}

/** All of the other axes, the part of this one: starts, then ends. */
function roiOf(c: RuleContext, place: number, count: number): string {
  const roi = c.inputs[1]!;
  const rest = (value: number) => c.e.cast(floats(c, [value, value, value]), c.e.typeOf(roi).type);
  const parts = [rest(0), element(c, roi, place), rest(1), element(c, roi, place + count)];
  return c.e.concat(parts, 0);
}

/**
 * With keep_aspect_ratio_policy one axis decides the scale of all. A further axis beside the identity, of the
 * deciding axis' ratio in lowest terms, makes Resize find the same scale; a constant stays constant along it.
 */
function withPolicy(c: RuleContext, identity: string, axis: number, axes: readonly number[]): string {
  const { e, node, inputs } = c;
  const x = inputs[0]!;
  const sizes = axes.map((k) => e.dimsOf(x)[k]);
  const wanted = integersOf(e.builder.isConstant(inputs[3]!));
  if (wanted === undefined || !sizes.every((size) => typeof size === 'number')) {
    throw new MissingGradientError(
      node,
      'with keep_aspect_ratio_policy the sizes must be known. Give the input a fixed size, or use policy stretch.',
    );
  }
  const policy = stringOf(node, 'keep_aspect_ratio_policy', 'stretch');
  const ratios = wanted.map((size, k) => size / sizes[k]!);
  const deciding = ratios.indexOf(policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios));
  const divisor = greatestCommonDivisor(wanted[deciding]!, sizes[deciding]!);
  const [from, to] = [sizes[deciding]! / divisor, wanted[deciding]! / divisor];
  // [1, in, in, 1] to [1, in, in, from]: rows of the identity as channels.
  const rows = e.op('Transpose', [identity], { perm: [0, 2, 3, 1] });
  const beside = e.op('Expand', [rows, e.ints([1, 1, 1, from])]);
  const size = wanted[axes.indexOf(axis)]!;
  const resized = e.op('Resize', [beside, '', '', e.ints([size, to])], {
    ...attributesOfAxis(c),
    axes: [2, 3],
    keep_aspect_ratio_policy: policy,
    antialias: numberOf(node, 'antialias', 0),
  });
  return e.op('Squeeze', [e.slice(resized, [0], [1], [3]), e.ints([0, 3])]);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The attributes of a Resize of one axis that is otherwise like the node. */
function attributesOfAxis({ node }: RuleContext): Attributes {
  const attributes: Record<string, string | number> = {};
  for (const name of ['coordinate_transformation_mode', 'mode', 'nearest_mode']) {
    const value = stringOf(node, name, '');
    if (value !== '') attributes[name] = value;
  }
  for (const name of ['antialias', 'exclude_outside']) attributes[name] = numberOf(node, name, 0);
  if (node.attributes['cubic_coeff_a']) attributes['cubic_coeff_a'] = numberOf(node, 'cubic_coeff_a', -0.75);
  return attributes;
}
