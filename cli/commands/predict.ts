import { type Command, Option } from 'commander';
import { ENGINE_NAMES, type EngineName } from '../../engines/create.ts';
import { wholeNumber } from '../options.ts';
import { isImageData, readImageRows } from '../predict-images.ts';
import { loadPredictor, type Prediction } from '../predict-model.ts';
import { type PredictRows, readRows } from '../predict-rows.ts';
import { readTexts } from '../predict-texts.ts';
import { loadTokenizer } from '../text-model.ts';
import { metric } from '../ui/numbers.ts';
import { table } from '../ui/table.ts';

/** Rows of the table; --csv and --json print all. */
const MOST_ROWS = 20;
/** Of a row with many. */
const MOST_NUMBERS = 8;

interface PredictOptions {
  readonly target?: string;
  readonly text?: string;
  readonly delimiter: string;
  readonly engine: EngineName;
  readonly threads?: number;
  readonly json?: boolean;
  readonly csv?: boolean;
}

export function register(program: Command): void {
  program
    .command('predict')
    .summary('ask a model')
    .description(
      'Runs rows of a table through an ONNX model: for each the class and its probability, or the value. With --target it is compared with what the table says.',
    )
    .argument('<model>', 'ONNX file, as tributary export writes it')
    .argument(
      '<data>',
      'CSV (gzipped or not) or JSON: the columns the model was trained on, by the names in the header, or in order where there are none; of a model of images, an image or a folder of them',
    )
    .option('--target <column>', 'column with the true answer, by name or number from 0')
    .option('--text <column>', 'column of text, for a model of tokens; its tokenizer lies beside the model')
    .option('--delimiter <character>', 'between two fields', ',')
    .addOption(new Option('--engine <name>', 'what computes').choices([...ENGINE_NAMES]).default('cpu'))
    .option('--threads <n>', 'threads of the engine', wholeNumber(1))
    .addOption(new Option('--json', 'all rows, as JSON').conflicts('csv'))
    .option('--csv', 'all rows, as CSV')
    .addHelpText(
      'after',
      '\nExample:\n  tributary predict digits.onnx examples/digits/digits.csv.gz --target 64\n',
    )
    .action(predict);
}

async function predict(model: string, data: string, options: PredictOptions): Promise<void> {
  const predictor = await loadPredictor(model, options.engine, options.threads);
  try {
    const { delimiter, target, text } = options;
    const trainedOn = predictor.targetColumn;
    const rows = predictor.tokens
      ? await readTexts(data, await loadTokenizer(model), predictor.width, {
          delimiter,
          target,
          trainedOn,
          text,
        })
      : isImageData(data)
        ? await readImageRows(data, predictor.image)
        : await readRows(data, predictor.width, {
            delimiter,
            target,
            trainedOn,
            categories: predictor.categories,
            names: predictor.featureColumns,
          });
    const predictions = await predictor.predict(rows.values, rows.count);
    const print = options.json ? asJson : options.csv ? asCsv : asTable;
    process.stdout.write(print(predictions, rows));
  } finally {
    await predictor.close();
  }
}

type Rows = Pick<PredictRows, 'actual' | 'names'>;

function asJson(predictions: readonly Prediction[], { actual, names }: Rows): string {
  const rows = predictions.map((prediction, row) => ({
    row,
    ...(names && { file: names[row] }),
    ...prediction,
    ...(actual && { actual: actual[row] }),
  }));
  return `${JSON.stringify(rows, undefined, 2)}\n`;
}

function asCsv(predictions: readonly Prediction[], { actual, names }: Rows): string {
  const probable = predictions.some(({ probability }) => probability !== undefined);
  const head = ['row', 'prediction', ...(probable ? ['probability'] : []), ...(actual ? ['actual'] : [])];
  const lines = predictions.map(({ value, probability }, row) =>
    [
      quoted(names?.[row] ?? String(row)),
      quoted(Array.isArray(value) ? value.join(' ') : String(value)),
      ...(probable ? [String(probability ?? '')] : []),
      ...(actual ? [quoted(actual[row] ?? '')] : []),
    ].join(','),
  );
  return `${[head.join(','), ...lines].join('\n')}\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function asTable(predictions: readonly Prediction[], { actual, names }: Rows): string {
  const probable = predictions.some(({ probability }) => probability !== undefined);
  const head = ['row', 'prediction', ...(probable ? ['probability'] : []), ...(actual ? ['actual'] : [])];
  const rows = predictions
    .slice(0, MOST_ROWS)
    .map(({ value, probability }, row) => [
      names?.[row] ?? String(row),
      shown(value),
      ...(probable ? [probability === undefined ? '' : `${(probability * 100).toFixed(1)} %`] : []),
      ...(actual ? [actual[row] ?? ''] : []),
    ]);
  const hidden = predictions.length - MOST_ROWS;
  const more = hidden > 0 ? `and ${hidden} more rows: --csv or --json prints all\n` : '';
  return `${table(head, rows)}\n${more}${actual ? agreement(predictions, actual) : ''}`;
}

function shown(value: Prediction['value']): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return metric('value', value);
  const first = value.slice(0, MOST_NUMBERS).map((number) => metric('value', number));
  return [...first, ...(value.length > MOST_NUMBERS ? ['…'] : [])].join(' ');
}

/** How often the model is right; for numbers, how far it is off. */
function agreement(predictions: readonly Prediction[], actual: readonly string[]): string {
  const total = predictions.length;
  if (predictions.every(({ value }) => typeof value === 'number')) {
    const error = predictions.reduce(
      (sum, { value }, row) => sum + Math.abs(Number(value) - Number(actual[row])),
      0,
    );
    return `mean absolute error ${metric('mae', error / total)} over ${total} rows\n`;
  }
  const right = predictions.filter(({ value }, row) => value === actual[row]).length;
  return `${right} of ${total} rows as the table says: accuracy ${metric('accuracy', right / total)}\n`;
}
