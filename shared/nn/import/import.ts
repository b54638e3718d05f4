import { describeNode } from '../../autodiff/errors.ts';
import { type GradientPath, gradientPath } from '../../autodiff/gradient-path.ts';
import type { OnnxModelJob } from '../../job/job.ts';
import { checkModel } from '../../onnx/check.ts';
import { ModelError } from '../../onnx/errors.ts';
import { trainingExpansionOf } from '../../onnx/expand/recurrent/unroll.ts';
import type { ModelFile } from '../../onnx/external-data.ts';
import { importModel } from '../../onnx/import.ts';
import { type Model, type Node, UNKNOWN_DIMS, type ValueInfo } from '../../onnx/model.ts';
import { prune, valuesUsedBy } from '../../onnx/prune.ts';
import type { DataType } from '../../onnx/tensor.ts';
import { addAdapters } from '../lora/adapt.ts';
import { adaptersOf } from '../lora/record.ts';
import type { FeatureSpec, TargetSpec } from '../specs.ts';
import { bindDims } from './dims.ts';
import { inferenceForm } from './inference-form.ts';
import { type BoundInputs, bindInputs } from './inputs.ts';
import { misfit } from './misfit.ts';
import { retieWeights } from './retie.ts';
import { type Selected, selectOutputs } from './select.ts';
import { withSignature } from './signature.ts';
import { toFloat32 } from './to-float32.ts';
import { TrainingModel } from './training-model.ts';
import { planTraining } from './training-plan.ts';
import { untieEqualWeights } from './untie.ts';
import { findWeights } from './weights.ts';

/** A file in the form that training takes, and what was found in it. */
export interface ImportedModel {
  /** Input `features`, output `logits` or `prediction`, or those of several targets; initializers train, frozen weights are Constants. */
  readonly model: Model;
  /** All weights of the file that the output depends on, and whether they train. */
  readonly weights: readonly {
    readonly name: string;
    readonly dims: readonly number[];
    readonly trains: boolean;
    /** A running mean or variance of batch normalisation: where it `trains`, it follows the data, without a gradient. */
    readonly isStatistic?: true;
  }[];
  /** Weights of the layers that the job put in place of the file's end. They train. */
  readonly head: readonly { readonly name: string; readonly dims: readonly number[] }[];
  /** Sentences for people: what was changed. */
  readonly notes: readonly string[];
}

/** Weights that a note names. */
const MOST_NAMES = 8;

export type OnnxOptions = Partial<Omit<OnnxModelJob, 'kind' | 'path'>>;

/**
 * A model file, exported from PyTorch or elsewhere, in the form that `buildModel` makes: input `features` with a
 * symbolic batch, normalisation in front, output `logits` or `prediction`. Weights keep the file's names: those that train
 * are initializers, the others Constants. A final Softmax or Sigmoid is taken off a classifier: losses take logits.
 *
 * @param file bytes, or where they lie: then large weights stay there until they are asked for
 * @param seed of new layers and adapters
 * @throws OnnxFormatError, ModelError for a broken file; ModelBuildError when it does not fit the data or the job
 */
export function importForTraining(
  file: Uint8Array | ModelFile,
  features: FeatureSpec,
  target: TargetSpec,
  job: OnnxOptions,
  seed: number,
): ImportedModel {
  const { original, converted, selected, expanded } = readPart(file, features, target, job);
  const { model: source, tied } = retieWeights(untieEqualWeights(expanded));
  const weights = findWeights(source.graph);
  const plan = planTraining(weights, job);
  const built = new TrainingModel(source, features, selected, weights, plan);
  const { model, signature, head } = built.build(bindInputs(source.graph.inputs, job.inputs), seed, original);
  const adapted = job.lora ? addAdapters(model, job.lora, seed) : model;
  const result = withSignature(adapted, signature);
  if (result.graph.initializers.size === 0) {
    throw misfit(
      'nothing of it trains: no weight is left that is not frozen',
      job.train ? 'train' : 'freeze',
    );
  }
  checkModel(result);
  const way = wayOfGradients(result);
  const notes = [
    ...adapterNotes(result, job),
    ...[...converted].map(([type, count]) => `${count} weights converted from ${type} to float32`),
    ...tied.map(([copy, first]) => `'${copy}' is a copy of '${first}': they are trained as one`),
    ...way.cuts.map((node) => `no gradient passes ${describeNode(node)}`),
    ...way.unreached.map(
      (name) => `no gradient reaches '${name}': it stays as it is; freeze it, then it does not travel`,
    ),
  ];
  return {
    model: result,
    weights: weights.map(({ name, tensor, isStatistic }) => ({
      ...{ name, dims: tensor.dims, trains: plan.has(name) },
      ...(isStatistic && { isStatistic }),
    })),
    head,
    notes,
  };
}

/** Adapters are no weights of the file: they train while those are frozen. */
function adapterNotes(model: Model, { lora }: OnnxOptions): string[] {
  const record = adaptersOf(model);
  if (!record) return [];
  const names = record.adapters.map(({ weight }) => weight);
  const shown = names.slice(0, MOST_NAMES).join(', ') + (names.length > MOST_NAMES ? ', …' : '');
  const kind = lora?.dora ? 'DoRA' : 'LoRA';
  const beside = `${names.length} ${names.length === 1 ? 'weight' : 'weights'}: ${shown}`;
  return [`${kind} adapters of rank ${record.rank} (alpha ${record.alpha}) train beside ${beside}`];
}

/** What the selected values depend on, and the inputs that this needs. Shapes are not looked at yet: the rest may be foreign. */
function cutAt(model: Model, selected: readonly Selected[]): Model {
  const values = [...new Set(selected.map(({ value }) => value))];
  const outputs = values.map((name): ValueInfo => ({ name, type: 'float32', dims: UNKNOWN_DIMS }));
  const part = prune({ ...model, graph: { ...model.graph, outputs } }, values);
  const used = new Set([...values, ...part.graph.nodes.flatMap(valuesUsedBy)]);
  return {
    ...part,
    graph: { ...part.graph, inputs: part.graph.inputs.filter(({ name }) => used.has(name)) },
  };
}

/** Fails before a run begins, not in its first step. */
function wayOfGradients(model: Model): GradientPath {
  const { initializers, outputs, nodes } = model.graph;
  const statistics = new Set(
    nodes.flatMap(({ op, inputs }) => (op === 'BatchNormalization' ? inputs.slice(3) : [])),
  );
  const weights = [...initializers.keys()].filter((name) => !statistics.has(name));
  const isUnrolled = ({ op, domain }: Node) => trainingExpansionOf(op, domain) !== undefined;
  const way = gradientPath(
    model,
    weights,
    outputs.map(({ name }) => name),
    isUnrolled,
  );
  if (way.missing.length === 0) return way;
  const list = way.missing.slice(0, 5).map(describeNode).join('; ');
  throw misfit(
    `between its weights and its output are operators that have no gradient: ${list}${way.missing.length > 5 ? '; …' : ''}. ` +
      'Freeze the weights before them, end the model before them (head: { at: NAME, … }), or export the model without them',
  );
}

/** Reads the file and keeps what training needs of it, with known sizes and operators that have gradients. */
function readPart(file: Uint8Array | ModelFile, features: FeatureSpec, target: TargetSpec, job: OnnxOptions) {
  let part:
    | {
        original: Model;
        converted: ReadonlyMap<DataType, number>;
        selected: readonly Selected[];
        inputs: BoundInputs;
      }
    | undefined;
  const prepare = (original: Model): Model => {
    const { model, converted } = toFloat32(inferenceForm(original));
    const selected = selectOutputs(model, target, job);
    const wanted = cutAt(model, selected);
    const inputs = bindInputs(wanted.graph.inputs, job.inputs);
    part = { original, converted, selected, inputs };
    return bindDims(wanted, inputs.features.name, features.shape, job.dims);
  };
  try {
    const expanded = importModel(file, { prepare });
    return { ...(part as NonNullable<typeof part>), expanded };
  } catch (error) {
    const input = part?.inputs.features;
    const batch = input?.dims[0];
    if (!(error instanceof ModelError) || typeof batch !== 'number') throw error;
    throw misfit(
      `it was exported for batches of ${batch} (input '${input?.name}'), and does not work with others: export it with a ` +
        `dynamic batch dimension (dynamic_axes or dynamic_shapes of torch.onnx.export). ${error.message}`,
    );
  }
}
