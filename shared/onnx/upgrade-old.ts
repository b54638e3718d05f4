import { ModelError } from './errors.ts';
import type { AttributeValue, Node } from './model.ts';
import { float32, int64 } from './tensor.ts';
import type { Change, Writer } from './upgrade.ts';

type Values = Readonly<Record<string, AttributeValue>>;

function numberIn(attributes: Values, name: string): number | undefined {
  const value = attributes[name];
  return value?.kind === 'int' || value?.kind === 'float' ? value.value : undefined;
}

/** The node without some attributes. */
function without(node: Node, ...names: readonly string[]): Node {
  const attributes = Object.entries(node.attributes).filter(([name]) => !names.includes(name));
  return { ...node, attributes: Object.fromEntries(attributes) };
}

/** Lists of integers that became inputs, in this order. */
function intsToInputs(...names: readonly string[]): Change['rewrite'] {
  return (node, write) => {
    if (!names.some((name) => node.attributes[name])) return node;
    const values = names.map((name) => {
      const value = node.attributes[name];
      return value?.kind === 'ints' ? write.constant(int64([value.value.length], value.value)) : '';
    });
    return { ...without(node, ...names), inputs: [node.inputs[0] as string, ...values] };
  };
}

/** Numbers that became scalar inputs. */
function numbersToInputs(...names: readonly string[]): Change['rewrite'] {
  return (node, write) => {
    const values = names.map((name) => {
      const value = numberIn(node.attributes, name);
      return value === undefined ? '' : write.constant(float32([], [value]));
    });
    return { ...without(node, ...names), inputs: [node.inputs[0] as string, ...values] };
  };
}

/** Before 13 the input was seen as a matrix: the axes before `axis` (1), and all from there. */
function overMatrix(node: Node, write: Writer): Node {
  const axis = numberIn(node.attributes, 'axis') ?? 1;
  if (axis === -1) return node;
  const [x] = node.inputs as readonly [string];
  const flat = write.node('Flatten', [x], { axis: { kind: 'int', value: axis } });
  const result = write.node(node.op, [flat], { axis: { kind: 'int', value: -1 } });
  return { ...node, op: 'Reshape', inputs: [result, write.node('Shape', [x], {})], attributes: {} };
}

/** Resize of opset 10, and Upsample before it: positions by the scale alone, no half pixels. */
function asymmetricResize(node: Node, write: Writer): Node {
  const given = node.attributes['scales'];
  const [x, fed = ''] = node.inputs;
  const scales = given?.kind === 'floats' ? write.constant(float32([given.value.length], given.value)) : fed;
  const known = given?.kind === 'floats' ? given.value : write.valuesOf(fed);
  const mode = node.attributes['mode'];
  const name = mode?.kind === 'string' && mode.value !== 'nearest' ? 'linear' : 'nearest';
  // The nearest of a smaller image was the next pixel, of a larger one the last.
  const smaller = known?.some((scale) => scale < 1);
  return {
    ...node,
    op: 'Resize',
    inputs: [x as string, '', scales],
    attributes: {
      mode: { kind: 'string', value: name },
      coordinate_transformation_mode: { kind: 'string', value: 'asymmetric' },
      ...(name === 'nearest' && { nearest_mode: { kind: 'string', value: smaller ? 'ceil' : 'floor' } }),
    },
  };
}

const refuse =
  (what: string): Change['rewrite'] =>
  (node) => {
    throw new ModelError(
      `node ${node.name}: ${node.op} ${what}: convert the model with onnx.version_converter.convert_version`,
    );
  };

/** What changed up to opset 13 (onnx Changelog), for operators that we know. Oldest last applies first. */
export const OLD: readonly Change[] = [
  { ops: ['Reshape'], version: 5, rewrite: intsToInputs('shape') },
  { ops: ['Tile'], version: 6, rewrite: refuse('of opset 1 repeats one axis') },
  { ops: ['Upsample'], version: 7, rewrite: refuse('of opset 1 has scales of its own') },
  { ops: ['BatchNormalization'], version: 9, rewrite: (node) => without(node, 'spatial', 'is_test') },
  { ops: ['Scan'], version: 9, rewrite: refuse('of opset 8 has a batch axis') },
  { ops: ['Upsample', 'Resize'], version: 11, rewrite: asymmetricResize },
  { ops: ['Slice'], version: 10, rewrite: intsToInputs('starts', 'ends', 'axes') },
  {
    ops: ['TopK'],
    version: 10,
    rewrite: (node, write) => {
      const k = write.constant(int64([1], [numberIn(node.attributes, 'k') ?? 1]));
      return { ...without(node, 'k'), inputs: [node.inputs[0] as string, k] };
    },
  },
  { ops: ['Clip'], version: 11, rewrite: numbersToInputs('min', 'max') },
  {
    ops: ['Pad'],
    version: 11,
    rewrite: (node, write) => {
      const value = numberIn(node.attributes, 'value');
      const padded = intsToInputs('pads')(without(node, 'value'), write);
      if (value === undefined) return padded;
      return { ...padded, inputs: [...padded.inputs, write.constant(float32([], [value]))] };
    },
  },
  { ops: ['Scatter'], version: 11, rewrite: (node) => ({ ...node, op: 'ScatterElements' }) },
  {
    ops: ['Dropout'],
    version: 12,
    rewrite: (node, write) => numbersToInputs('ratio')(without(node, 'is_test'), write),
  },
  { ops: ['Squeeze', 'Unsqueeze', 'ReduceSum'], version: 13, rewrite: intsToInputs('axes') },
  { ops: ['Split'], version: 13, rewrite: intsToInputs('split') },
  { ops: ['Softmax', 'LogSoftmax', 'Hardmax'], version: 13, rewrite: overMatrix },
  {
    // What the default of later versions is not.
    ops: ['RoiAlign'],
    version: 16,
    rewrite: (node) => ({
      ...node,
      attributes: {
        coordinate_transformation_mode: { kind: 'string', value: 'output_half_pixel' },
        ...node.attributes,
      },
    }),
  },
  {
    ops: ['GridSample'],
    version: 20,
    rewrite: (node) => {
      const { mode } = node.attributes;
      const name = mode?.kind === 'string' ? mode.value : 'bilinear';
      const value = { bilinear: 'linear', bicubic: 'cubic' }[name] ?? name;
      return { ...node, attributes: { ...node.attributes, mode: { kind: 'string', value } } };
    },
  },
];
