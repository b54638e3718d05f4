import { checkModel } from '../../onnx/check.ts';
import { tensorOfConstant } from '../../onnx/constants.ts';
import { DATA_TYPES } from '../../onnx/data-types.ts';
import { type Model, type Node, UNKNOWN_DIMS, type ValueInfo } from '../../onnx/model.ts';
import { prune } from '../../onnx/prune.ts';
import { renameValues } from '../../onnx/rename.ts';
import type { DataType, Tensor } from '../../onnx/tensor.ts';
import { FEATURES, type TargetSpec } from '../specs.ts';
import type { Signature } from './signature.ts';

/** Metadata of a classifier under names that do not tell: whether its output is `logits` or `probabilities`; of several, with `.<name>` behind it. */
export const OUTPUT_SAYS = 'tributary.output';

/**
 * The exported model under the names of the file that was imported, so that it takes that file's place: its inputs with
 * their types (those that the job had bound are inputs again), the outputs of its names with the activations that they had, its
 * frozen weights as initializers. Normalisation that the job added stays in front.
 *
 * @param model as `exportModel` makes it, with its weights, adapters merged
 */
export function restoreSignature(model: Model, signature: Signature, target: TargetSpec): Model {
  const { inputs, outputs, frozen, renamed } = signature;
  const features = model.graph.inputs.find(({ name }) => name === FEATURES) as ValueInfo;
  // Without our own outputs, whose names may be the file's.
  const own = prune(
    model,
    outputs.map(({ value }) => value),
  );
  const made = new Set(inputs.map(({ value }) => value));
  const isFrozen = new Set(frozen);
  const initializers = new Map<string, Tensor>(own.graph.initializers);
  const nodes = own.graph.nodes.filter((node) => {
    const [name = ''] = node.outputs;
    const tensor = node.op === 'Constant' && isFrozen.has(name) ? tensorOfConstant(node) : undefined;
    if (tensor) initializers.set(name, tensor);
    return tensor === undefined && !made.has(name);
  });
  const last = new Set(outputs.map(({ name }) => name));
  // An output that others are made of as well is made anew at the end.
  const names = new Map(Object.entries(renamed).filter(([, then]) => !last.has(then)));
  for (const { name, type, value } of inputs) names.set(value, widened(type) === type ? name : aside(name));
  for (const output of outputs) names.set(output.value, endsThere(output) ? output.name : aside(output.name));
  const body: Model = {
    ...own,
    graph: {
      ...own.graph,
      nodes,
      inputs: [],
      outputs: outputs.map(({ value }) => ({ name: value, type: 'float32' as const, dims: UNKNOWN_DIMS })),
      initializers,
    },
  };
  const { graph } = renameValues(body, names);
  const casts = inputs.flatMap(({ name, type }) =>
    widened(type) === type ? [] : [cast(name, aside(name), widened(type))],
  );
  const dimsOf = (value: string) =>
    model.graph.outputs.find(({ name }) => name === value)?.dims ?? UNKNOWN_DIMS;
  const restored: Model = {
    ...model,
    metadata: { ...model.metadata, ...outputsSay(signature, target) },
    graph: {
      ...graph,
      nodes: [
        ...casts,
        ...graph.nodes,
        ...outputs.flatMap((output) => (endsThere(output) ? [] : endOf(aside(output.name), output))),
      ],
      inputs: inputs.map(({ name, type, dims, value }) => ({
        name,
        type,
        dims: value === FEATURES ? features.dims : dims,
      })),
      outputs: outputs.map(({ name, type, value }) => ({ name, type, dims: dimsOf(value) })),
    },
  };
  const pruned = prune(
    restored,
    outputs.map(({ name }) => name),
  );
  checkModel(pruned);
  return pruned;
}

/** What a classifier's output is; of several outputs, under the name of each. */
function outputsSay({ outputs }: Signature, target: TargetSpec): Record<string, string> {
  const says = outputs.flatMap(({ activation, value }) => {
    const single =
      target.kind === 'several' ? target.outputs.find(({ name }) => name === value)?.target : target;
    const key = target.kind === 'several' ? `${OUTPUT_SAYS}.${value}` : OUTPUT_SAYS;
    if (single === undefined || !('classes' in single)) return [];
    return [[key, activation === undefined ? 'logits' : 'probabilities']];
  });
  return Object.fromEntries(says) as Record<string, string>;
}

function endsThere({ activation, type }: Signature['outputs'][number]): boolean {
  return activation === undefined && widened(type) === type;
}

/** A name beside a name of the file. */
function aside(name: string): string {
  return `${name}/float32`;
}

/** What the training model has in place of a float type. */
function widened(type: DataType): DataType {
  return type === 'float64' || type === 'float16' || type === 'bfloat16' ? 'float32' : type;
}

function cast(from: string, to: string, type: DataType): Node {
  const attributes: Node['attributes'] = { to: { kind: 'int', value: DATA_TYPES[type].code } };
  return { name: `${to}/Cast`, op: 'Cast', domain: '', inputs: [from], outputs: [to], attributes };
}

/** The activation and the type that the file ended in. */
function endOf(value: string, { name, type, activation }: Signature['outputs'][number]): Node[] {
  const isWide = widened(type) === type;
  if (!activation) return [cast(value, name, type)];
  const made = isWide ? name : `${name}/wide`;
  const axis = activation.axis;
  const attributes: Node['attributes'] = axis === undefined ? {} : { axis: { kind: 'int', value: axis } };
  const node: Node = {
    name: `${name}/${activation.op}`,
    op: activation.op,
    domain: '',
    inputs: [value],
    outputs: [made],
    attributes,
  };
  return isWide ? [node] : [node, cast(made, name, type)];
}
