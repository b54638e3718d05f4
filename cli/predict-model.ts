import { readFile } from 'node:fs/promises';
import { createEngine, type EngineName } from '../engines/create.ts';
import { FEATURE_COLUMNS, parseFeatureColumns } from '../shared/data/feature-names.ts';
import { WHITE } from '../shared/data/images/image-job.ts';
import { type ImageForm, imageForm } from '../shared/data/images/resize.ts';
import { CATEGORIES, parseWordColumns, type WordColumn } from '../shared/data/words.ts';
import { OUTPUT_SAYS } from '../shared/nn/import/restore.ts';
import { inFile } from '../shared/onnx/errors.ts';
import type { Model, ValueInfo } from '../shared/onnx/model.ts';
import { readModel } from '../shared/onnx/read.ts';
import { float32, int64, sizeOf, type Tensor } from '../shared/onnx/tensor.ts';
import { FEATURES_ARE } from '../shared/programs/export.ts';
import { UsageError } from './errors.ts';

/** Rows in one run of the engine: bounds the memory that activations take. */
const BATCH = 256;

/** What a model says of one row: a class with its probability, a number, or several. */
export interface Prediction {
  readonly value: string | number | readonly number[];
  readonly probability?: number;
}

/** A model that can be asked, and what it takes. */
export interface Predictor {
  /** Features of a row. */
  readonly width: number;
  /** Names of the features' columns in the training table, where the file has them. */
  readonly featureColumns: readonly string[] | undefined;
  /** Features that are words. */
  readonly categories: readonly WordColumn[];
  /** Features are token ids: the texts have to go through the model's tokenizer. */
  readonly tokens: boolean;
  /** Of a model that was trained on image files: what each becomes. */
  readonly image: ImageForm | undefined;
  /** The column of the training table that it predicts, by name or number, where the file says it. */
  readonly targetColumn: string | undefined;
  predict(values: Float32Array | Int32Array, count: number): Promise<Prediction[]>;
  close(): Promise<void>;
}

/**
 * Loads an ONNX file with one input [batch, …], float32 or token ids, and one output [batch, …]: as `tributary export` writes them, and
 * others of that form.
 *
 * @throws OnnxFormatError, EngineError; UsageError when the model has another form
 */
export async function loadPredictor(
  file: string,
  engineName: EngineName,
  threads?: number,
): Promise<Predictor> {
  const bytes = new Uint8Array(await readFile(file));
  const model = inFile(file, () => readModel(bytes));
  const input = inputOf(model, file);
  const inputShape = exampleShape(input, file);
  const { outputs } = model.graph;
  const output = outputs.find(({ name }) => name === 'probabilities') ?? outputs[0];
  if (!output) throw new UsageError(`${file} has no output.`);
  const outputShape = exampleShape(output, file);
  const classes = classesOf(model);
  if (output.name !== 'prediction' && outputShape.length > 1) {
    throw new UsageError(
      `${file} says something of every place of a row, ${output.name} [batch, ${outputShape.join(', ')}]: predict is for one answer per row. To continue a text, use tributary generate; other models of this kind run in any ONNX Runtime.`,
    );
  }
  const interpret = interpreter(output, sizeOf(outputShape), classes, model.metadata[OUTPUT_SAYS]);
  const engine = await createEngine(engineName, { threads });
  const executable = await engine.compile({ model });
  const width = sizeOf(inputShape);
  const made = sizeOf(outputShape);
  const named = parseFeatureColumns(model.metadata[FEATURE_COLUMNS]);
  return {
    width,
    tokens: input.type !== 'float32',
    image: model.metadata[FEATURES_ARE] === 'images' ? imageForm(inputShape, WHITE) : undefined,
    targetColumn: model.metadata['tributary.target_column'],
    featureColumns: named?.length === width ? named : undefined,
    categories: parseWordColumns(model.metadata[CATEGORIES]),
    async predict(values, count) {
      const predictions: Prediction[] = [];
      for (let start = 0; start < count; start += BATCH) {
        const rows = Math.min(BATCH, count - start);
        const features = tensorOf(
          input.type,
          [rows, ...inputShape],
          values.subarray(start * width, (start + rows) * width),
        );
        const result = new Float32Array(rows * made);
        await executable.run(
          { [input.name]: features },
          { [output.name]: float32([rows, ...outputShape], result) },
        );
        for (let row = 0; row < rows; row++)
          predictions.push(interpret(result.subarray(row * made, (row + 1) * made)));
      }
      return predictions;
    },
    async close() {
      await executable.release();
      await engine.close();
    },
  };
}

function inputOf(model: Model, file: string): ValueInfo {
  const inputs = model.graph.inputs.filter(({ name }) => !model.graph.initializers.has(name));
  const [input] = inputs;
  if (!input || inputs.length > 1 || !['float32', 'int32', 'int64'].includes(input.type)) {
    const found = inputs.map(({ name, type }) => `${name} (${type})`).join(', ') || 'none';
    throw new UsageError(`${file} must have one input of float32 features or token ids; it has: ${found}.`);
  }
  return input;
}

function tensorOf(
  type: ValueInfo['type'],
  dims: readonly number[],
  values: Float32Array | Int32Array,
): Tensor {
  if (type === 'float32') return float32(dims, Float32Array.from(values));
  return type === 'int32' ? { type, dims, data: Int32Array.from(values) } : int64(dims, Array.from(values));
}

/** The shape of one row, all of whose axes must be known. */
function exampleShape({ name, dims }: ValueInfo, file: string): number[] {
  const shape = dims.slice(1);
  if (dims.length === 0 || shape.some((dim) => typeof dim !== 'number')) {
    throw new UsageError(
      `${file}: ${name} has the shape [${dims.join(', ')}]; [batch, …] with known sizes after the batch is needed.`,
    );
  }
  return shape as number[];
}

function classesOf(model: Model): readonly string[] | undefined {
  const text = model.metadata['tributary.classes'];
  if (text === undefined) return undefined;
  try {
    const classes: unknown = JSON.parse(text);
    if (Array.isArray(classes)) return classes.map(String);
  } catch {
    // Someone else's metadata under our key: numbers will do.
  }
  return undefined;
}

/** How an output row is read: probabilities of classes, the probability of the second of two, logits, or numbers. */
function interpreter(
  output: ValueInfo,
  size: number,
  classes: readonly string[] | undefined,
  says: string | undefined,
): (row: Float32Array) => Prediction {
  const name = (index: number): string => classes?.[index] ?? String(index);
  const isProbability = output.name === 'probabilities' || says === 'probabilities';
  if (size === 1) {
    if (!isProbability && says !== 'logits') return (row) => ({ value: row[0]! });
    return ([given = 0]) => {
      const yes = isProbability ? given : 1 / (1 + Math.exp(-given));
      return yes >= 0.5 ? { value: name(1), probability: yes } : { value: name(0), probability: 1 - yes };
    };
  }
  if (output.name === 'prediction') return (row) => ({ value: [...row] });
  return (row) => {
    const best = row.reduce((most, value, index) => (value > row[most]! ? index : most), 0);
    if (isProbability) return { value: name(best), probability: row[best]! };
    if (says !== 'logits') return { value: name(best) };
    // The softmax of the largest.
    const total = row.reduce((sum, value) => sum + Math.exp(value - row[best]!), 0);
    return { value: name(best), probability: 1 / total };
  };
}
