import { ModelError } from './errors.ts';
import { INTERNAL_IR_VERSION, INTERNAL_OPSET, type Model, type Node } from './model.ts';
import { NameScope } from './names.ts';
import { int64 } from './tensor.ts';

const OLDEST = 13;
const NEWEST = 22;

interface Change {
  readonly ops: readonly string[];
  /** The version at which the operator changed: a node of an older one (or, going down, of a newer one) is rewritten. */
  readonly version: number;
  readonly rewrite: (node: Node, constant: (values: readonly number[]) => string) => Node;
}

const REDUCTIONS = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'];

/** What changed for the operators we know between opset 13 and 20, beside types that were added (onnx Changelog). */
const UP: readonly Change[] = [
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
    rewrite: (node, constant) => {
      const { axes, ...attributes } = node.attributes;
      if (axes?.kind !== 'ints') return node;
      return { ...node, attributes, inputs: [node.inputs[0] as string, constant(axes.value)] };
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
];

/** What changed after 20, and so cannot be taken back. */
const DOWN: readonly Change[] = [
  {
    ops: ['GroupNormalization'],
    version: 21,
    rewrite: (node) => {
      throw new ModelError(
        `node ${node.name}: GroupNormalization has scale and bias by channel since opset 21 and by group before; ` +
          `export the model with opset ${INTERNAL_OPSET} or older`,
      );
    },
  },
];

/**
 * The same model in the internal opset.
 * @param model of opset 13 to 22
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
  for (const { inputs, outputs, name } of model.graph.nodes)
    for (const taken of [...inputs, ...outputs, name]) names.take(taken);
  for (const name of model.graph.initializers.keys()) names.take(name);
  const nodes = model.graph.nodes.flatMap((node) => {
    const constants: Node[] = [];
    const constant = (values: readonly number[]): string => {
      const name = names.unique(`${node.name}_axes`);
      const value = { kind: 'tensor', value: int64([values.length], values) } as const;
      constants.push({
        name,
        op: 'Constant',
        domain: '',
        inputs: [],
        outputs: [name],
        attributes: { value },
      });
      return name;
    };
    const upgraded = due
      .filter((change) => node.domain === '' && change.ops.includes(node.op))
      .reduce((current, change) => change.rewrite(current, constant), node);
    return [...constants, upgraded];
  });
  return {
    ...model,
    irVersion: INTERNAL_IR_VERSION,
    opsets: { ...model.opsets, '': INTERNAL_OPSET },
    graph: { ...model.graph, nodes },
  };
}
