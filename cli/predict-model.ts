import { createEngine, type EngineName } from '../engines/create.ts';
import { openModelFile } from '../node/files/model-file.ts';
import { FEATURE_COLUMNS, parseFeatureColumns } from '../shared/data/feature-names.ts';
import { WHITE } from '../shared/data/images/image-job.ts';
import { type ImageForm, imageForm } from '../shared/data/images/resize.ts';
import { LENGTHS, parseLengths, type RowLengths } from '../shared/data/row-lengths.ts';
import { CATEGORIES, parseWordColumns, type WordColumn } from '../shared/data/words.ts';
import { inFile } from '../shared/onnx/errors.ts';
import type { Model, ValueInfo } from '../shared/onnx/model.ts';
import { readModel } from '../shared/onnx/read.ts';
import { float32, int64, sizeOf, type Tensor } from '../shared/onnx/tensor.ts';
import { FEATURES_ARE } from '../shared/programs/export.ts';
import { UsageError } from './errors.ts';
import { exampleShape, type OutputReader, type Prediction, readersOf } from './predict-outputs.ts';

/** Rows in one run of the engine: bounds the memory that activations take. */
const BATCH = 256;

/** An output that is looked at. Its name is `prediction` where it is the only one. */
export type PredictedOutput = Pick<OutputReader, 'name' | 'columns' | 'numbers' | 'classes' | 'isLabel'>;

/** A model that can be asked, and what it takes. */
export interface Predictor {
  /** Features of a row. */
  readonly width: number;
  /** Names of the features' columns in the training table, where the file has them. */
  readonly featureColumns: readonly string[] | undefined;
  /** Features that are words. */
  readonly categories: readonly WordColumn[];
  /** Which of them is a row's length, where rows say it. */
  readonly lengths: RowLengths | undefined;
  /** Features are token ids: the texts have to go through the model's tokenizer. */
  readonly tokens: boolean;
  /** Of a model that was trained on image files: what each becomes. */
  readonly image: ImageForm | undefined;
  readonly outputs: readonly PredictedOutput[];
  /** Outputs of the file that are not looked at, as it does not say what they mean. */
  readonly unread: readonly string[];
  /** What each of the outputs says of the rows. */
  predict(values: Float32Array | Int32Array, count: number): Promise<Prediction[][]>;
  close(): Promise<void>;
}

/**
 * Loads an ONNX file with one input [batch, …], float32 or token ids, and one output [batch, …], or several that
 * the file describes: as `tributary export` writes them, and
 * others of that form.
 *
 * @param beams of the search for the most probable labels, of a model that reads some; undefined: the best path
 * @throws OnnxFormatError, EngineError; UsageError when the model has another form
 */
export async function loadPredictor(
  file: string,
  engineName: EngineName,
  threads?: number,
  beams?: number,
): Promise<Predictor> {
  const model = inFile(file, () => readModel(openModelFile(file)));
  const input = inputOf(model, file);
  const inputShape = exampleShape(input, file);
  const readers = readersOf(model, file, beams);
  const engine = await createEngine(engineName, { threads });
  // A batch takes as long with weights as they lie as with copies of them in another order.
  const executable = await engine.compile({ model, seldom: true });
  const width = sizeOf(inputShape);
  const named = parseFeatureColumns(model.metadata[FEATURE_COLUMNS]);
  return {
    width,
    // A model of a table says its columns: ids in them are whole numbers as they are.
    tokens: input.type !== 'float32' && named === undefined,
    image: model.metadata[FEATURES_ARE] === 'images' ? imageForm(inputShape, WHITE) : undefined,
    featureColumns: named?.length === width ? named : undefined,
    outputs: readers.map(({ name, columns, numbers, classes, isLabel }) => ({
      ...{ name, columns, numbers },
      ...(classes && { classes }),
      ...(isLabel && { isLabel }),
    })),
    unread: unreadOf(model, readers),
    categories: parseWordColumns(model.metadata[CATEGORIES]),
    lengths: lengthsIn(model, width),
    async predict(values, count) {
      const predictions = readers.map((): Prediction[] => []);
      for (let start = 0; start < count; start += BATCH) {
        const rows = Math.min(BATCH, count - start);
        const features = tensorOf(
          input.type,
          [rows, ...inputShape],
          values.subarray(start * width, (start + rows) * width),
        );
        const results = readers.map(({ value, shape }) => ({
          value,
          tensor: float32([rows, ...shape], new Float32Array(rows * sizeOf(shape))),
        }));
        await executable.run(
          { [input.name]: features },
          Object.fromEntries(results.map(({ value, tensor }) => [value, tensor])),
        );
        readers.forEach(({ shape, interpret }, at) => {
          const made = sizeOf(shape);
          const data = results[at]!.tensor.data as Float32Array;
          for (let row = 0; row < rows; row++)
            predictions[at]!.push(interpret(data.subarray(row * made, (row + 1) * made)));
        });
      }
      return predictions;
    },
    async close() {
      await executable.release();
      await engine.close();
    },
  };
}

function lengthsIn({ metadata }: Model, width: number): RowLengths | undefined {
  const lengths = parseLengths(metadata[LENGTHS]);
  return lengths && lengths.column < width ? lengths : undefined;
}

/** Where the file does not describe them, all but the first; logits beside probabilities say nothing else. */
function unreadOf({ graph }: Model, readers: readonly OutputReader[]): readonly string[] {
  const [only, ...others] = readers;
  if (!only || others.length > 0 || only.value === 'probabilities') return [];
  return graph.outputs.map(({ name }) => name).filter((name) => name !== only.value);
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
  // As training casts them.
  const whole = Array.from(values, Math.trunc);
  return type === 'int32' ? { type, dims, data: Int32Array.from(whole) } : int64(dims, whole);
}
