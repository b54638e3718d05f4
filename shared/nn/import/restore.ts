import { checkModel } from '../../onnx/check.ts';
import { tensorOfConstant } from '../../onnx/constants.ts';
import { DATA_TYPES } from '../../onnx/data-types.ts';
import { type Model, type Node, UNKNOWN_DIMS, type ValueInfo } from '../../onnx/model.ts';
import { prune } from '../../onnx/prune.ts';
import { renameValues } from '../../onnx/rename.ts';
import type { DataType, Tensor } from '../../onnx/tensor.ts';
import { FEATURES, outputNameFor, type TargetSpec } from '../specs.ts';
import type { Signature } from './signature.ts';

/** Metadata of a classifier under names that do not tell: whether its output is `logits` or `probabilities`. */
export const OUTPUT_SAYS = 'tributary.output';

/**
 * The exported model under the names of the file that was imported, so that it takes that file's place: its inputs with
 * their types (those that the job had bound are inputs again), the output of its name with the activation that it had, its
 * frozen weights as initializers. Normalisation that the job added stays in front.
 *
 * @param model as `exportModel` makes it, with its weights, adapters merged
 */
export function restoreSignature(model: Model, signature: Signature, target: TargetSpec): Model {
  const { inputs, output, frozen, renamed } = signature;
  const features = model.graph.inputs.find(({ name }) => name === FEATURES) as ValueInfo;
  const result = outputNameFor(target);
  // Without our own outputs, whose names may be the file's.
  const own = prune(model, [result]);
  const made = new Set(inputs.map(({ value }) => value));
  const isFrozen = new Set(frozen);
  const initializers = new Map<string, Tensor>(own.graph.initializers);
  const nodes = own.graph.nodes.filter((node) => {
    const [name = ''] = node.outputs;
    const tensor = node.op === 'Constant' && isFrozen.has(name) ? tensorOfConstant(node) : undefined;
    if (tensor) initializers.set(name, tensor);
    return tensor === undefined && !made.has(name);
  });
  const names = new Map(Object.entries(renamed));
  for (const { name, type, value } of inputs) names.set(value, widened(type) === type ? name : aside(name));
  const isLast = output.activation === undefined && widened(output.type) === output.type;
  names.set(result, isLast ? output.name : aside(output.name));
  const body: Model = {
    ...own,
    graph: {
      ...own.graph,
      nodes,
      inputs: [],
      outputs: [{ name: result, type: 'float32', dims: UNKNOWN_DIMS }],
      initializers,
    },
  };
  const { graph } = renameValues(body, names);
  const casts = inputs.flatMap(({ name, type }) =>
    widened(type) === type ? [] : [cast(name, aside(name), widened(type))],
  );
  const dims = model.graph.outputs.find(({ name }) => name === result)?.dims ?? UNKNOWN_DIMS;
  const classifies = target.kind === 'class' || target.kind === 'binary';
  const says = output.activation === undefined ? 'logits' : 'probabilities';
  const restored: Model = {
    ...model,
    metadata: { ...model.metadata, ...(classifies ? { [OUTPUT_SAYS]: says } : {}) },
    graph: {
      ...graph,
      nodes: [...casts, ...graph.nodes, ...(isLast ? [] : endOf(aside(output.name), output))],
      inputs: inputs.map(({ name, type, dims, value }) => ({
        name,
        type,
        dims: value === FEATURES ? features.dims : dims,
      })),
      outputs: [{ name: output.name, type: output.type, dims }],
    },
  };
  const pruned = prune(restored, [output.name]);
  checkModel(pruned);
  return pruned;
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
function endOf(value: string, { name, type, activation }: Signature['output']): Node[] {
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
