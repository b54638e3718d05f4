import { GraphBuilder } from '../onnx/builder.ts';
import { checkModel } from '../onnx/check.ts';
import { importModel } from '../onnx/import.ts';
import type { Model, Node, ValueInfo } from '../onnx/model.ts';
import { prune } from '../onnx/prune.ts';
import { sizeOf, type Tensor } from '../onnx/tensor.ts';
import { ModelBuildError } from './model-build-error.ts';
import { normalizeFeatures } from './normalize.ts';
import {
  FEATURES,
  type FeatureSpec,
  outputDimsFor,
  outputNameFor,
  RESERVED_NAMES,
  type TargetSpec,
} from './specs.ts';

/** Inputs that configure an operator rather than weigh something: a float there is a constant, not a parameter. */
const SETTINGS: Readonly<Record<string, readonly number[]>> = {
  Clip: [1, 2],
  Dropout: [1],
  Pad: [2],
  Resize: [1, 2],
  Upsample: [1],
};

/**
 * A model file, exported from PyTorch or elsewhere, in the form that `buildModel` makes: input `features` with a
 * symbolic batch, normalisation in front, output `logits` or `prediction`; float32 initializers are the
 * parameters, under the file's own names. A final Softmax or Sigmoid is taken off a classifier: losses take
 * logits, and the export adds it again.
 *
 * @throws OnnxFormatError, ModelError for a broken file; ModelBuildError when it does not fit the data.
 */
export function modelFromOnnx(bytes: Uint8Array, features: FeatureSpec, target: TargetSpec): Model {
  const source = importModel(bytes);
  const input = theInput(source, features);
  const output = withoutProbabilities(source, theOutput(source, target), target);
  const pruned = prune({ ...source, graph: { ...source.graph, outputs: [output] } }, [output.name]);
  const builder = new GraphBuilder();
  const taken = new Set(pruned.graph.nodes.flatMap((node) => [...node.inputs, ...node.outputs]));
  builder.reserve(taken);
  const raw = builder.input(FEATURES, features.type ?? 'float32', ['batch', ...features.shape]);
  const given = normalizeFeatures(builder, raw, features);
  // Token ids are int64 in most files; int32 is the integer type that every engine takes.
  const seen = input.type === 'int64' ? builder.op('Cast', [given], { to: 'int64' }, 'tokens') : given;
  const names = new Map([[input.name, seen]]);
  for (const name of RESERVED_NAMES) {
    if (taken.has(name) && name !== input.name) names.set(name, `${name}_inner`);
  }
  names.set(output.name, outputNameFor(target));
  const constants = settingsOf(pruned);
  for (const [name, tensor] of pruned.graph.initializers) {
    if (isParameter(tensor) && !constants.has(name))
      builder.initializer(names.get(name) ?? name, supported(name, tensor));
    else names.set(name, builder.constant(tensor, name));
  }
  for (const node of pruned.graph.nodes) copyNode(builder, node, names);
  const result = outputNameFor(target);
  checkResult(builder, result, features, target);
  builder.output(result);
  const model = builder.build({ name: pruned.graph.name || 'model' });
  checkModel(model);
  return model;
}

function copyNode(builder: GraphBuilder, node: Node, names: ReadonlyMap<string, string>): void {
  const renamed = (name: string) => names.get(name) ?? name;
  builder.node(node.op, node.inputs.map(renamed), node.attributes, {
    outputs: node.outputs.map(renamed),
    name: node.name,
    domain: node.domain,
  });
}

function theInput(model: Model, features: FeatureSpec): ValueInfo {
  const inputs = model.graph.inputs.filter(({ name }) => !model.graph.initializers.has(name));
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) {
    const list = inputs.map(({ name }) => `'${name}'`).join(', ') || 'none';
    throw misfit(`the model must have one input for the features; it has ${list}`);
  }
  const types = features.type === 'int32' ? ['int32', 'int64'] : ['float32'];
  if (!types.includes(input.type))
    throw misfit(`its input '${input.name}' is ${input.type}; features are ${types.join(' or ')}`);
  const wanted = ['batch', ...features.shape];
  const fits =
    input.dims.length === wanted.length &&
    input.dims.every((dim, axis) => axis === 0 || free(dim) || dim === wanted[axis]);
  if (!fits) {
    throw misfit(
      `its input '${input.name}' is [${input.dims.join(', ')}], one example of the data is [${features.shape.join(', ')}] ` +
        `(${sizeOf(features.shape)} values): set data.features.shape to what the model expects`,
    );
  }
  return input;
}

function free(dim: number | string): boolean {
  return typeof dim === 'string';
}

/** The only output, or of several the one that is named as our own export names it. */
function theOutput(model: Model, target: TargetSpec): ValueInfo {
  const { outputs } = model.graph;
  const named = outputNameFor(target);
  const output = outputs.length === 1 ? outputs[0] : outputs.find(({ name }) => name === named);
  if (output === undefined) {
    const list = outputs.map(({ name }) => `'${name}'`).join(', ') || 'none';
    throw misfit(`the model must have one output, or one named '${named}'; it has ${list}`);
  }
  return output;
}

function withoutProbabilities(model: Model, output: ValueInfo, target: TargetSpec): ValueInfo {
  const last = model.graph.nodes.find(({ outputs }) => outputs[0] === output.name);
  const made = target.kind === 'class' ? 'Softmax' : target.kind === 'binary' ? 'Sigmoid' : undefined;
  return last !== undefined && last.op === made ? { ...output, name: last.inputs[0]! } : output;
}

/** Float initializers that are no weights: settings of operators, and scalars (an epsilon, a scale). */
function settingsOf(model: Model): Set<string> {
  return new Set(
    model.graph.nodes.flatMap((node) =>
      (SETTINGS[node.op] ?? []).flatMap((index) => node.inputs[index] ?? []),
    ),
  );
}

function isParameter(tensor: Tensor): boolean {
  return tensor.dims.length > 0 && ['float32', 'float64', 'float16', 'bfloat16'].includes(tensor.type);
}

function supported(name: string, tensor: Tensor): Tensor {
  if (tensor.type === 'float32') return tensor;
  throw misfit(`its weight '${name}' is ${tensor.type}; training takes float32: export the model in float32`);
}

function checkResult(builder: GraphBuilder, output: string, features: FeatureSpec, target: TargetSpec): void {
  const { type, dims } = builder.typeOf(output);
  const wanted = ['batch', ...outputDimsFor(target, features)];
  if (type === 'float32' && dims.length === wanted.length && dims.every((dim, axis) => dim === wanted[axis]))
    return;
  const hint =
    typeof dims[0] === 'number' ? ': its batch size is fixed, export it with a dynamic batch dimension' : '';
  throw new ModelBuildError({
    path: ['onnx'],
    type: 'onnx',
    incoming: dims,
    needs: `as the model's output (${type}), but the target needs float32 [${wanted.join(', ')}]${hint}`,
  });
}

function misfit(needs: string): ModelBuildError {
  return new ModelBuildError({ path: ['onnx'], type: 'onnx', needs });
}
