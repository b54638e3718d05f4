import { type Command, Option } from 'commander';
import { ENGINE_NAMES, type EngineName } from '../../engines/create.ts';
import { DataError } from '../../shared/data/data-error.ts';
import { lengthFault } from '../../shared/data/row-lengths.ts';
import { command, PROGRAM } from '../../shared/text/command.ts';
import { givenModel } from '../given-model.ts';
import { RUNS, wholeNumber } from '../options.ts';
import { type Actual, answersAsCsv, answersAsJson, answersAsTable } from '../predict-answers.ts';
import { isImageData, readImageRows } from '../predict-images.ts';
import { loadPredictor, type Predictor } from '../predict-model.ts';
import { readRows } from '../predict-rows.ts';
import { targetsOf } from '../predict-targets.ts';
import { readTexts } from '../predict-texts.ts';
import { checkAnswers } from '../predict-truth.ts';
import { loadTokenizer } from '../text-model.ts';

/** More find hardly anything else, and each takes its time. */
const MOST_BEAMS = 1024;

interface PredictOptions {
  readonly target?: readonly string[];
  readonly text?: string;
  readonly delimiter: string;
  readonly engine: EngineName;
  readonly threads?: number;
  readonly beams?: number;
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly version?: 'last' | 'best';
  readonly runs: string;
}

export function register(program: Command): void {
  program
    .command('predict')
    .summary('ask a model')
    .description(
      'Runs rows of a table through an ONNX model, or through that of a run: for each the class and its probability, the value, or the label that is read from its symbols. With --target it is compared with what the table says: accuracy, of labels the label error rate too, of numbers the mean absolute error.',
    )
    .argument(
      '<model-or-run>',
      `ONNX file, as ${command('export')} writes it; or a run, by its id or folder: its model, exported for the time being where none of that commit is in the run's folder`,
    )
    .argument(
      '<data>',
      'CSV (gzipped or not) or JSON (a list of lists or objects): the columns the model was trained on, by the names in the header or the keys, or in order where there are none; of a model of images, an image or a folder of them',
    )
    .option(
      '--target <column>',
      'column with the true answer, by name or number from 0; again for each of several outputs or numbers, where need be as OUTPUT=COLUMN; of a folder of images the word class: its folders are the classes',
      (column: string, before: readonly string[] = []) => [...before, column],
    )
    .option('--text <column>', 'column of text, for a model of tokens; its tokenizer lies beside the model')
    .option('--delimiter <character>', 'between two fields', ',')
    .addOption(new Option('--engine <name>', 'what computes').choices([...ENGINE_NAMES]).default('cpu'))
    .option('--threads <n>', 'threads of the engine', wholeNumber(1))
    .option(
      '--beams <n>',
      `of labels of symbols: search for the most probable label, and keep so many beginnings at each step, up to ${MOST_BEAMS}; without it the most probable way is read (the best path)`,
      wholeNumber(1, MOST_BEAMS),
    )
    .addOption(
      new Option(
        '--version <which>',
        'of a run: newest commit, or the best by checkpoint.best (default: last)',
      ).choices(['last', 'best']),
    )
    .option('--runs <folder>', 'folder of all runs', RUNS)
    .addOption(new Option('--json', 'all rows, as JSON').conflicts('csv'))
    .option('--csv', 'all rows, as CSV')
    .addHelpText(
      'after',
      `\nExample:\n  ${PROGRAM} predict digits.onnx examples/digits/digits.csv.gz --target 64\n  ${PROGRAM} predict digits-20260101-120000-1a2b examples/digits/digits.csv.gz --target 64\n`,
    )
    .action(predict);
}

async function predict(given: string, data: string, options: PredictOptions): Promise<void> {
  const { file, from, release } = await givenModel(given, options);
  if (from) process.stderr.write(`The model: ${from}\n`);
  try {
    await ask(file, data, options);
  } finally {
    await release();
  }
}

async function ask(model: string, data: string, options: PredictOptions): Promise<void> {
  const predictor = await loadPredictor(model, options.engine, options.threads, options.beams);
  try {
    const { delimiter, text } = options;
    const { outputs } = predictor;
    const named = targetsOf(options.target ?? [], outputs, predictor.unread);
    const targets = named.map(({ column }) => column);
    const trainedOn = outputs.flatMap(({ columns }) => columns);
    const { categories } = predictor;
    const rows = predictor.tokens
      ? await readTexts(data, await loadTokenizer(model), predictor.width, {
          ...{ delimiter, targets, trainedOn, text },
        })
      : isImageData(data)
        ? await readImageRows(data, predictor.image, targets)
        : await readRows(data, predictor.width, {
            ...{ delimiter, targets, trainedOn, categories },
            images: predictor.image !== undefined,
            names: predictor.featureColumns,
          });
    if (text !== undefined && !predictor.tokens) {
      process.stderr.write(
        `warning: --text ${text} is not used: the model takes numbers, not tokens of a text\n`,
      );
    }
    for (const text of 'warnings' in rows ? (rows.warnings ?? []) : [])
      process.stderr.write(`warning: ${text}\n`);
    checkLengths(predictor, rows, data);
    const actual = outputs.map(({ name, classes }) => {
      const own = answersOf(rows.actual.filter((_, target) => named[target]?.output === name));
      const column = named.find(({ output }) => output === name)?.column;
      checkAnswers(classes, own, { file: data, column });
      return own;
    });
    const predictions = await predictor.predict(rows.values, rows.count);
    const answers = outputs.map(({ name, classes, isLabel }, at) => ({
      ...{ name, classes, isLabel, predictions: predictions[at]!, actual: actual[at] },
    }));
    const print = options.json ? answersAsJson : options.csv ? answersAsCsv : answersAsTable;
    process.stdout.write(print(answers, 'names' in rows ? rows.names : undefined));
  } finally {
    await predictor.close();
  }
}

/** @throws DataError where a row says of itself that it is longer than rows are, or not at all there */
function checkLengths(
  { lengths, width, featureColumns }: Pick<Predictor, 'lengths' | 'width' | 'featureColumns'>,
  { values, count }: { readonly values: ArrayLike<number>; readonly count: number },
  file: string,
): void {
  if (!lengths) return;
  for (let row = 0; row < count; row++) {
    const fault = lengthFault(values[row * width + lengths.column]!, lengths);
    if (fault === undefined) continue;
    const column = featureColumns?.[lengths.column] ?? lengths.column;
    throw new DataError(`Row ${row}: ${fault}`, { file, column });
  }
}

/** Row by row what an output's columns say: of one column its field, of several all of theirs. */
function answersOf(columns: readonly (readonly string[])[]): readonly Actual[] | undefined {
  const [only] = columns;
  if (columns.length < 2) return only;
  return only!.map((_, row) => columns.map((column) => column[row] ?? ''));
}
