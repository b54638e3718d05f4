import { type Command, InvalidArgumentError, Option } from 'commander';
import { exportRun } from '../../coordinator/export/export-run.ts';
import { describeStored } from '../../coordinator/run/open.ts';
import { readRun } from '../../coordinator/store/read-run.ts';
import { createEngine, ENGINE_NAMES, type EngineName } from '../../engines/create.ts';
import { openModelFile } from '../../node/files/model-file.ts';
import { inFile } from '../../shared/onnx/errors.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { command, PROGRAM } from '../../shared/text/command.ts';
import { sampleToken } from '../../shared/text/sample.ts';
import { UsageError } from '../errors.ts';
import { generateImages, isSampler } from '../generate-images.ts';
import { isFile, nothing } from '../given-model.ts';
import { RUNS, wholeNumber } from '../options.ts';
import { runFolder, runPlace } from '../run-place.ts';
import { loadTextModel, loadTokenizer, refuseOther } from '../text-model.ts';

interface GenerateOptions {
  readonly prompt: string;
  readonly tokens: number;
  readonly temperature: number;
  readonly topK?: number;
  readonly seed: number;
  readonly out: string;
  readonly count: number;
  readonly engine: EngineName;
  readonly threads?: number;
  readonly runs: string;
}

export function register(program: Command): void {
  program
    .command('generate')
    .summary('write text, or draw images, with a generative model')
    .description(
      `Continues a prompt with a model that was trained on a text: an ONNX file as ${command('export')} writes it, with its tokenizer beside it, or a run, which is exported first. With the generator of a GAN, or the decoder of a variational autoencoder, draws images into a PNG.`,
    )
    .argument('<model-or-run>', 'ONNX file, or a run: its id, or its folder')
    .option('--prompt <text>', 'what to go on from', '\n')
    .option('--tokens <n>', 'how many tokens to write', wholeNumber(1), 300)
    .option(
      '--temperature <number>',
      'below 1 safer, above 1 wilder; 0: always the likeliest',
      temperature,
      0.8,
    )
    .option('--top-k <n>', 'draw from so many of the likeliest tokens only', wholeNumber(1))
    .option('--out <file>', 'PNG of the images', 'samples.png')
    .option('--count <n>', 'how many images to draw', wholeNumber(1), 64)
    .option('--seed <n>', 'the same seed writes the same text, or draws the same images', wholeNumber(0), 0)
    .addOption(new Option('--engine <name>', 'what computes').choices([...ENGINE_NAMES]).default('cpu'))
    .option('--threads <n>', 'threads of the engine', wholeNumber(1))
    .option('--runs <folder>', 'folder of all runs', RUNS)
    .addHelpText(
      'after',
      `\nExample:\n  ${PROGRAM} generate shakespeare.onnx --prompt "ROMEO:" --tokens 400 --seed 1\n  ${PROGRAM} generate digits-gan.onnx --out digits.png --seed 1\n`,
    )
    .action(generate);
}

function temperature(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError(`'${text}' is not a number from 0 up.`);
}

async function generate(model: string, options: GenerateOptions): Promise<void> {
  const file = isFile(model) ? model : await exported(model, options.runs);
  if (await drawImages(file, options)) return;
  const tokenizer = await loadTokenizer(file);
  const prompt = tokenizer.encode(options.prompt);
  if (prompt.length === 0) {
    throw new UsageError(
      'The prompt has no token: give --prompt at least one character that the model knows.',
    );
  }
  const engine = await createEngine(options.engine, { threads: options.threads });
  try {
    const text = await loadTextModel(engine, file);
    const random = createRandom(options.seed);
    const tokens = [...prompt];
    const printer = new Printer(() => tokenizer.decode(tokens));
    printer.print();
    for (let count = 0; count < options.tokens; count++) {
      const logits = await text.next(tokens);
      tokens.push(
        sampleToken(logits, { temperature: options.temperature, topK: options.topK }, random.next()),
      );
      printer.print();
    }
    printer.end();
    await text.release();
  } finally {
    await engine.close();
  }
}

/** @returns false for a model that writes text */
async function drawImages(file: string, options: GenerateOptions): Promise<boolean> {
  const model = inFile(file, () => readModel(openModelFile(file)));
  if (!isSampler(model)) {
    refuseOther(model, file);
    return false;
  }
  const engine = await createEngine(options.engine, { threads: options.threads });
  try {
    await generateImages(engine, model, options);
  } finally {
    await engine.close();
  }
  process.stdout.write(`${options.out}: ${options.count} images of seed ${options.seed}\n`);
  return true;
}

/** Exports a run into its folder. */
async function exported(given: string, among: string): Promise<string> {
  if (runFolder(given, among) === undefined) throw nothing(given, among);
  const { runs, directory } = runPlace(given, among);
  const store = readRun(directory);
  try {
    const { file, decoder } = await exportRun(store, await describeStored(store, runs), { version: 'last' });
    return decoder ?? file;
  } finally {
    store.close();
  }
}

/** Prints a growing text; a character of which not all bytes are there yet waits. */
class Printer {
  private printed = 0;

  constructor(private readonly text: () => string) {}

  print(): void {
    this.show(this.text().replace(/\uFFFD+$/, ''));
  }

  end(): void {
    this.show(this.text());
    process.stdout.write('\n');
  }

  private show(text: string): void {
    process.stdout.write(text.slice(this.printed));
    this.printed = Math.max(this.printed, text.length);
  }
}
