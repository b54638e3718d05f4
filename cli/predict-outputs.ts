import { className } from '../shared/data/class-name.ts';
import { OUTPUT_SAYS } from '../shared/nn/import/restore.ts';
import { probabilitiesOf } from '../shared/nn/specs.ts';
import type { Model, ValueInfo } from '../shared/onnx/model.ts';
import { sizeOf } from '../shared/onnx/tensor.ts';
import { parseDecoding } from '../shared/programs/best-path.ts';
import {
  type DescribedOutput,
  OUTPUTS,
  parseOutputs,
  parseTargetColumns,
} from '../shared/programs/output-metadata.ts';
import { command } from '../shared/text/command.ts';
import { UsageError } from './errors.ts';
import { readingOf } from './predict-labels.ts';

/** What an output says of one row: a class with its probability, a label that is read in its steps, a number, or several. */
export interface Prediction {
  readonly value: string | number | readonly number[];
  readonly probability?: number;
  /** Of a label that was searched for: the next most probable ones. */
  readonly alternatives?: readonly { readonly value: string; readonly probability: number }[];
}

/** An output of a model, and how a row of it is read. */
export interface OutputReader {
  /** What people call it. */
  readonly name: string;
  /** The columns of the training table that it predicts, where the file says them. */
  readonly columns: readonly string[];
  /** Numbers that it predicts of a row, each compared with a column of its own; 1 of a class. */
  readonly numbers: number;
  /** What the class is one of, where the file says it. */
  readonly classes?: readonly string[] | undefined;
  /** A label of symbols is read from its steps. */
  readonly isLabel?: boolean | undefined;
  /** The value of the graph, and the shape of one row of it. */
  readonly value: string;
  readonly shape: readonly number[];
  readonly interpret: (row: Float32Array) => Prediction;
}

/**
 * The outputs that are looked at: those that the file describes, else its probabilities or its first.
 *
 * @param beams of the search for the most probable labels; undefined: the best path is read
 * @throws UsageError when there is none, or one says something of every place of a row
 */
export function readersOf(model: Model, file: string, beams?: number): readonly OutputReader[] {
  const several = parseOutputs(model.metadata[OUTPUTS]);
  const readsLabels =
    several?.some(({ kind }) => kind === 'symbols') ?? parseDecoding(model.metadata) !== undefined;
  if (beams !== undefined && !readsLabels) {
    const what = 'beams search among the labels that a model of the loss ctc may have read';
    throw new UsageError(`--beams: ${file} reads no labels of symbols: ${what}.`);
  }
  if (several) return several.map((output) => describedReader(model, output, file, beams));
  const { outputs } = model.graph;
  const output = outputs.find(({ name }) => name === 'probabilities') ?? outputs[0];
  if (!output) throw new UsageError(`${file} has no output.`);
  const shape = exampleShape(output, file);
  const isNumbers = output.name === 'prediction';
  const blank = parseDecoding(model.metadata);
  const columns = parseTargetColumns(model.metadata);
  if (blank !== undefined && shape.length === 2) {
    const [, outputs] = shape as [number, number];
    const classes = classesOf(model);
    const isProbability = output.name === 'probabilities';
    const interpret = readingOf({ outputs, blank, classes, isProbability }, beams);
    const isLabel = classes !== undefined;
    return [{ name: 'prediction', columns, numbers: 1, value: output.name, shape, interpret, isLabel }];
  }
  checkPlaces(output, shape, isNumbers, file);
  const says = model.metadata[OUTPUT_SAYS];
  const form = output.name === 'probabilities' ? 'probabilities' : isNumbers ? 'numbers' : says;
  return [
    {
      name: 'prediction',
      columns,
      numbers: isNumbers ? sizeOf(shape) : 1,
      value: output.name,
      shape,
      classes: isNumbers ? undefined : classesOf(model),
      interpret: interpreter(form, sizeOf(shape), classesOf(model)),
    },
  ];
}

function describedReader(
  model: Model,
  output: DescribedOutput,
  file: string,
  beams: number | undefined,
): OutputReader {
  const { name, kind, column } = output;
  const classes = output.classes?.map(className);
  const columns = output.columns ?? (column === undefined ? [] : [column]);
  const find = (wanted: string) => model.graph.outputs.find((candidate) => candidate.name === wanted);
  const called = output.value ?? name;
  const beside = kind === 'number' ? undefined : find(probabilitiesOf(called));
  const value = beside ?? find(called);
  if (!value) throw new UsageError(`${file} says that it has an output ${called}, and it has none.`);
  const shape = exampleShape(value, file);
  if (kind === 'symbols' && shape.length === 2) {
    const label = {
      ...{ outputs: shape[1]!, blank: output.blank ?? 0, classes },
      isProbability: beside !== undefined,
    };
    const interpret = readingOf(label, beams);
    return { name, columns, numbers: 1, value: value.name, shape, interpret, isLabel: classes !== undefined };
  }
  checkPlaces(value, shape, kind === 'number', file);
  const says = model.metadata[`${OUTPUT_SAYS}.${name}`] ?? 'logits';
  const form = kind === 'number' ? 'numbers' : beside ? 'probabilities' : says;
  const size = sizeOf(shape);
  const numbers = kind === 'number' ? size : 1;
  const interpret = interpreter(form, size, classes);
  return { name, columns, numbers, value: value.name, shape, classes, interpret };
}

function checkPlaces({ name }: ValueInfo, shape: readonly number[], isNumbers: boolean, file: string): void {
  if (isNumbers || shape.length <= 1) return;
  throw new UsageError(
    `${file} says something of every place of a row, ${name} [batch, ${shape.join(', ')}]: predict is for one answer per row. To continue a text, use ${command('generate')}; other models of this kind run in any ONNX Runtime.`,
  );
}

/** The shape of one row, all of whose axes must be known. */
export function exampleShape({ name, dims }: ValueInfo, file: string): number[] {
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
    if (Array.isArray(classes)) return classes.map((name) => className(String(name)));
  } catch {
    // Someone else's metadata under our key: numbers will do.
  }
  return undefined;
}

/**
 * How an output row is read: probabilities of classes, the probability of the second of two, logits, or numbers.
 *
 * @param form `probabilities`, `logits`, `numbers`; anything else: one number is one, of several the largest is the class
 */
function interpreter(
  form: string | undefined,
  size: number,
  classes: readonly string[] | undefined,
): (row: Float32Array) => Prediction {
  const name = (index: number): string => classes?.[index] ?? String(index);
  const isProbability = form === 'probabilities';
  if (size === 1) {
    if (!isProbability && form !== 'logits') return (row) => ({ value: row[0]! });
    return ([given = 0]) => {
      const yes = isProbability ? given : 1 / (1 + Math.exp(-given));
      return yes >= 0.5 ? { value: name(1), probability: yes } : { value: name(0), probability: 1 - yes };
    };
  }
  if (form === 'numbers') return (row) => ({ value: [...row] });
  return (row) => {
    const best = row.reduce((most, value, index) => (value > row[most]! ? index : most), 0);
    if (isProbability) return { value: name(best), probability: row[best]! };
    if (form !== 'logits') return { value: name(best) };
    // The softmax of the largest.
    const total = row.reduce((sum, value) => sum + Math.exp(value - row[best]!), 0);
    return { value: name(best), probability: 1 / total };
  };
}
