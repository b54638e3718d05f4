import { FEATURE_COLUMNS } from '../data/feature-names.ts';
import { LENGTHS, type RowLengths } from '../data/row-lengths.ts';
import { CATEGORIES, type WordColumn } from '../data/words.ts';
import type { LossJob } from '../job/job.ts';
import { restoreSignature } from '../nn/import/restore.ts';
import { signatureOf } from '../nn/import/signature.ts';
import { mergeAdapters } from '../nn/lora/merge.ts';
import { adaptersOf } from '../nn/lora/record.ts';
import type { TargetSpec } from '../nn/specs.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Model } from '../onnx/model.ts';
import { LEAST_STORED, partOf, StoredTensor } from '../onnx/stored-tensor.ts';
import { float32, sizeOf, type Tensor } from '../onnx/tensor.ts';
import type { ParameterEntry, ParameterLayout } from '../parameters/layout.ts';
import { decodingMetadata } from './best-path.ts';
import { copyNode } from './copy-graph.ts';
import { finish } from './finish.ts';
import { OUTPUTS, outputsText, targetColumnMetadata } from './output-metadata.ts';
import { publishOutputs } from './probabilities.ts';
import { meanNoise } from './rewrite-noise.ts';

/** What exports say wrote them. */
export const PRODUCER = 'tributary';

/** Metadata key of an exported file: what its features are, where they are no table's. */
export const FEATURES_ARE = 'tributary.features';

/** What is written into an exported file beside the graph; every key becomes a `tributary.…` metadata property. */
export interface ExportMetadata {
  readonly target: TargetSpec;
  readonly run: string;
  readonly round: number;
  /** Weights version: incarnation, number and hash, in the store's own writing. */
  readonly version: string;
  readonly metrics: Readonly<Record<string, number>>;
  /** Names or numbers of the table's columns that were predicted, in the order of the output's numbers. */
  readonly targetColumns?: readonly string[];
  /** Of several outputs: the columns that each predicts, by the output's name. */
  readonly outputColumns?: Readonly<Record<string, readonly string[]>>;
  /** Licence of the data, if the job says one. */
  readonly licence?: string;
  /** Names of the table's columns that are the features, in their order, where its header says them. */
  readonly featureColumns?: readonly string[];
  /** Of labels of symbols: the output that is none. */
  readonly blank?: number;
  /** The same of several outputs, of those that labels are read from, by name. */
  readonly blanks?: Readonly<Record<string, number>>;
  /** The features are pixels of image files, 0 to 255. */
  readonly images?: boolean;
  /** Features that are words: their numbers are what the graph takes. */
  readonly categories?: readonly WordColumn[];
  /** Which number of a row is its length. */
  readonly lengths?: RowLengths;
  /** Of a model that makes examples: the smallest and the largest number in the data, black and white. */
  readonly range?: readonly [number, number];
  /** Version of this package. */
  readonly producerVersion: string;
}

/** Which number of a step is no symbol, of outputs that labels are read from. */
export function blanksOf(loss: LossJob): Pick<ExportMetadata, 'blank' | 'blanks'> {
  if (loss.kind !== 'sum') return loss.kind === 'ctc' ? { blank: loss.blank } : {};
  const blanks = loss.terms.flatMap(({ output, loss: own }) =>
    own.kind === 'ctc' ? [[output, own.blank] as const] : [],
  );
  return blanks.length > 0 ? { blanks: Object.fromEntries(blanks) } : {};
}

/**
 * The model to hand out: an ordinary inference graph with the trained weights as initializers of their own names, a
 * symbolic batch, normalisation inside, `probabilities` beside `logits`, and where it comes from.
 *
 * @param values the whole flat vector of the layout, [trainable, buffers]; the model has views of it, or reads it where it lies
 * @param form `original`: under the input and output names of the file that the run began with, without `probabilities`;
 *   the same as `own` for a model of our own layers
 * @throws RangeError when the vector has another length; ModelError when the result is no valid model
 */
export function exportModel(
  model: Model,
  layout: ParameterLayout,
  values: Float32Array | StoredTensor,
  metadata: ExportMetadata,
  form: 'own' | 'original' = 'own',
): Model {
  const vector = values instanceof StoredTensor ? values : float32([values.length], values);
  if (sizeOf(vector.dims) !== layout.length) {
    throw new RangeError(`${sizeOf(vector.dims)} values for a layout of ${layout.length}.`);
  }
  const entries = new Map(layout.entries.map((entry) => [entry.name, entry]));
  const builder = new GraphBuilder();
  builder.reserve(model.graph.nodes.flatMap(({ outputs }) => outputs));
  for (const { name, type, dims } of model.graph.inputs) builder.input(name, type, dims);
  for (const [name, tensor] of model.graph.initializers) {
    const entry = entries.get(name);
    builder.initializer(name, entry ? parameter(vector, entry) : tensor);
  }
  for (const node of withoutDropout(model)) {
    if (node.op === 'RandomNormalLike' && node.domain === '') meanNoise(builder, node);
    else copyNode(builder, node);
  }
  publishOutputs(builder, model, metadata.target);
  const signature = form === 'original' ? signatureOf(model) : undefined;
  const called = new Map(signature?.outputs.map(({ name, value }) => [value, name]));
  const whole = builder.build({
    name: model.graph.name,
    producer: PRODUCER,
    metadata: properties(metadata, called),
  });
  const record = adaptersOf(model);
  const finished = finish(record ? mergeAdapters(whole, record) : whole);
  return signature ? restoreSignature(finished, signature, metadata.target) : finished;
}

/** Small ones are read at once, as of any model: adapters and scales among them, which merging computes with. */
function parameter(vector: Tensor, { offset, dims }: ParameterEntry): Tensor {
  const part = partOf(vector, offset, dims);
  const isSmall = sizeOf(dims) * Float32Array.BYTES_PER_ELEMENT < LEAST_STORED;
  return isSmall ? float32(dims, part.data as Float32Array) : part;
}

/** Dropout is for training: its readers read its input. */
function withoutDropout(model: Model): Model['graph']['nodes'] {
  const inputs = new Map<string, string>();
  const source = (name: string): string => inputs.get(name) ?? name;
  const outputs = new Set(model.graph.outputs.map(({ name }) => name));
  return model.graph.nodes.flatMap((node) => {
    const [input, output] = [node.inputs[0], node.outputs[0]];
    if (node.op === 'Dropout' && node.domain === '' && input !== undefined && output !== undefined) {
      const kept = source(input);
      inputs.set(output, kept);
      if (!outputs.has(output)) return [];
      return [{ ...node, op: 'Identity', inputs: [kept], outputs: [output], attributes: {} }];
    }
    return [{ ...node, inputs: node.inputs.map(source) }];
  });
}

function properties(metadata: ExportMetadata, called: ReadonlyMap<string, string>): Record<string, string> {
  const { run, round, version, metrics, target, targetColumns, licence, range, producerVersion } = metadata;
  const { categories, featureColumns, lengths } = metadata;
  return {
    'tributary.run': run,
    'tributary.round': String(round),
    'tributary.version': version,
    'tributary.metrics': JSON.stringify(metrics),
    'tributary.target': target.kind,
    ...targetColumnMetadata(targetColumns),
    ...(metadata.images ? { [FEATURES_ARE]: 'images' } : {}),
    ...('classes' in target ? { 'tributary.classes': JSON.stringify(target.classes) } : {}),
    ...decodingMetadata(metadata.blank),
    ...(target.kind === 'several'
      ? { [OUTPUTS]: outputsText(target, metadata.outputColumns, { called, blanks: metadata.blanks ?? {} }) }
      : {}),
    ...(licence === undefined ? {} : { 'tributary.data_licence': licence }),
    ...(featureColumns === undefined ? {} : { [FEATURE_COLUMNS]: JSON.stringify(featureColumns) }),
    ...(categories === undefined ? {} : { [CATEGORIES]: JSON.stringify(categories) }),
    ...(lengths === undefined ? {} : { [LENGTHS]: JSON.stringify(lengths) }),
    ...(range === undefined ? {} : { 'tributary.range': JSON.stringify(range) }),
    'tributary.producer_version': producerVersion,
  };
}
