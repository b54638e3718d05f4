import { tensorOfConstant } from './constants.ts';
import { ModelError } from './errors.ts';
import { type Graph, INTERNAL_IR_VERSION, INTERNAL_OPSET, type Model, type Node } from './model.ts';
import { NameScope } from './names.ts';
import { float32, int64, type Tensor } from './tensor.ts';
import { OLD } from './upgrade-old.ts';

const OLDEST = 1;
const NEWEST = 28;

export interface Change {
  readonly ops: readonly string[];
  /** The version at which the operator changed: a node of an older one (or, going down, of a newer one) is rewritten. */
  readonly version: number;
  readonly rewrite: (node: Node, write: Writer) => Node;
}

/** Writes nodes before the one that is rewritten. */
export interface Writer {
  constant(tensor: Tensor): string;
  /** A node with one output. */
  node(op: string, inputs: readonly string[], attributes: Node['attributes']): string;
  /** The numbers of a value that is stored in the graph. */
  valuesOf(value: string): readonly number[] | undefined;
}

const REDUCTIONS = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'];

/** What changed for the operators we know between opset 13 and 20, beside types that were added (onnx Changelog). */
const UP: readonly Change[] = [
  ...OLD,
  {
    ops: ['BatchNormalization'],
    version: 14,
    rewrite: (node) => {
      if (node.outputs.filter((output) => output !== '').length > 1) {
        throw new ModelError(
          `node ${node.name}: a BatchNormalization of opset 13 in training mode cannot be upgraded; ` +
            'export the model in evaluation mode',
        );
      }
      return { ...node, outputs: node.outputs.slice(0, 1) };
    },
  },
  {
    // Axes became an input (for ReduceSum already at 13).
    ops: REDUCTIONS.map((name) => `Reduce${name}`),
    version: 18,
    rewrite: (node, write) => {
      const { axes, ...attributes } = node.attributes;
      if (axes?.kind !== 'ints') return node;
      return {
        ...node,
        attributes,
        inputs: [node.inputs[0] as string, write.constant(int64([axes.value.length], axes.value))],
      };
    },
  },
  {
    // Equal parts must now be asked for.
    ops: ['Split'],
    version: 18,
    rewrite: (node) => {
      if (node.inputs[1]) return node;
      return {
        ...node,
        attributes: { ...node.attributes, num_outputs: { kind: 'int', value: node.outputs.length } },
      };
    },
  },
  {
    // The axis became an input, and by default the one before the last.
    ops: ['DFT'],
    version: 20,
    rewrite: (node, write) => {
      const { axis, ...attributes } = node.attributes;
      const value = write.constant(int64([], [axis?.kind === 'int' ? axis.value : 1]));
      return { ...node, attributes, inputs: [node.inputs[0] as string, node.inputs[1] ?? '', value] };
    },
  },
];

/** A scale for each is written: a stranger's number must not decide how much memory that takes. */
const MOST_GROUPS = 65_536;

/** GroupNormalization has scale and bias by channel since 21, and by group before: 1 and 0 there, the others behind. */
function scaledByChannel(node: Node, write: Writer): Node {
  const { stash_type: _, ...attributes } = node.attributes;
  const groups = attributes['num_groups']?.kind === 'int' ? attributes['num_groups'].value : 1;
  if (groups < 1 || groups > MOST_GROUPS)
    throw new ModelError(`node ${node.name}: num_groups is ${groups}; 1 to ${MOST_GROUPS} are possible`);
  const [x, scale, bias] = node.inputs as readonly [string, string, string];
  const byGroup = (value: number) => write.constant(float32([groups], new Float32Array(groups).fill(value)));
  const perChannel = (value: string) => write.node('Unsqueeze', [value, write.constant(int64([1], [1]))], {});
  const normal = write.node('GroupNormalization', [x, byGroup(1), byGroup(0)], attributes);
  const flat = write.node('Reshape', [normal, write.constant(int64([3], [0, 0, -1]))], {});
  const scaled = write.node('Mul', [flat, perChannel(scale)], {});
  const moved = write.node('Add', [scaled, perChannel(bias)], {});
  return { ...node, op: 'Reshape', inputs: [moved, write.node('Shape', [x], {})], attributes: {} };
}

/** What changed after 20, beside types and operators that were added. */
const DOWN: readonly Change[] = [
  {
    ops: ['GroupNormalization'],
    version: 21,
    rewrite: scaledByChannel,
  },
];

/**
 * The same model in the internal opset.
 * @param model of opset 1 to 28; what operators before opset 7 broadcast by attributes is refused by checkModel
 * @throws ModelError for another opset, or an operator whose meaning changed so that it cannot be brought over
 */
export function upgradeModel(model: Model): Model {
  const version = model.opsets[''];
  if (version === undefined) throw new ModelError('the model names no version of the ai.onnx operators');
  if (version < OLDEST || version > NEWEST) {
    const how =
      version < OLDEST
        ? `convert it with onnx.version_converter.convert_version(model, ${INTERNAL_OPSET})`
        : `export it again with opset_version=${INTERNAL_OPSET}`;
    throw new ModelError(`the model is of opset ${version}; ${OLDEST} to ${NEWEST} can be read: ${how}`);
  }
  if (version === INTERNAL_OPSET && model.irVersion === INTERNAL_IR_VERSION) return model;
  const due =
    version < INTERNAL_OPSET
      ? UP.filter((c) => c.version > version)
      : DOWN.filter((c) => c.version <= version);
  const names = new NameScope();
  takeNames(model.graph, names);
  return {
    ...model,
    irVersion: INTERNAL_IR_VERSION,
    opsets: { ...model.opsets, '': INTERNAL_OPSET },
    graph: upgradeGraph(model.graph, due, names),
  };
}

function takeNames(graph: Graph, names: NameScope): void {
  for (const name of graph.initializers.keys()) names.take(name);
  for (const { inputs, outputs, name, attributes } of graph.nodes) {
    for (const taken of [...inputs, ...outputs, name]) names.take(taken);
    for (const value of Object.values(attributes)) if (value.kind === 'graph') takeNames(value.value, names);
  }
}

/** The nodes of a graph, and of the bodies in it. */
function upgradeGraph(graph: Graph, due: readonly Change[], names: NameScope): Graph {
  const constants = new Map(
    graph.nodes.flatMap((node) => (node.op === 'Constant' ? [[node.outputs[0], node] as const] : [])),
  );
  const stored = (value: string): Tensor | undefined => {
    const constant = constants.get(value);
    return graph.initializers.get(value) ?? (constant && tensorOfConstant(constant));
  };
  const nodes = graph.nodes.flatMap((node) => {
    const written: Node[] = [];
    const write = writerBefore(node, stored, names, written);
    const upgraded = due
      .filter((change) => node.domain === '' && change.ops.includes(node.op))
      .reduce((current, change) => change.rewrite(current, write), withoutHints(node));
    return [...written, withBodies(upgraded, (body) => upgradeGraph(body, due, names))];
  });
  return { ...graph, nodes };
}

function writerBefore(
  node: Node,
  stored: (value: string) => Tensor | undefined,
  names: NameScope,
  written: Node[],
): Writer {
  const add = (op: string, inputs: readonly string[], attributes: Node['attributes']): string => {
    const name = names.unique(`${node.name}_${op.toLowerCase()}`);
    written.push({ name, op, domain: '', inputs, outputs: [name], attributes });
    return name;
  };
  return {
    node: add,
    constant: (value) => add('Constant', [], { value: { kind: 'tensor', value } }),
    valuesOf(value) {
      const tensor = stored(value);
      return tensor && Array.from(tensor.data as ArrayLike<number>, Number);
    },
  };
}

/** Operators of opset 1 told which inputs they may overwrite. */
function withoutHints(node: Node): Node {
  if (node.attributes['consumed_inputs'] === undefined) return node;
  const { consumed_inputs: _, ...attributes } = node.attributes;
  return { ...node, attributes };
}

function withBodies(node: Node, apply: (body: Graph) => Graph): Node {
  const entries = Object.entries(node.attributes);
  if (!entries.some(([, { kind }]) => kind === 'graph')) return node;
  const attributes = entries.map(
    ([name, value]) =>
      [name, value.kind === 'graph' ? { kind: 'graph', value: apply(value.value) } : value] as const,
  );
  return { ...node, attributes: Object.fromEntries(attributes) as Node['attributes'] };
}
