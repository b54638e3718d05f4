import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { openModelFile } from '../../node/files/model-file.ts';
import { type ByteSource, piecesOf } from '../../shared/onnx/byte-source.ts';
import { OnnxFormatError } from '../../shared/onnx/errors.ts';
import type { ModelFile } from '../../shared/onnx/external-data.ts';
import { inspectModel, tooLong } from '../../shared/onnx/inspect/inspect.ts';
import type { Inspection } from '../../shared/onnx/inspect/inspection.ts';
import {
  DEFAULT_INSPECTION_LIMITS,
  type InspectionLimits,
  LIMIT_WORDS,
} from '../../shared/onnx/inspect/limits.ts';
import { plain, spelled } from '../../shared/onnx/inspect/plain.ts';
import {
  bytesReferred,
  checkReferred,
  type Referred,
  referredBy,
  unfetched,
  withFrozen,
} from '../../shared/onnx/pieces/referred.ts';
import { PROGRAM } from '../../shared/text/command.ts';
import { UsageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { givenModel } from '../given-model.ts';
import { RUNS, wholeNumber } from '../options.ts';
import { runFolder } from '../run-place.ts';
import { paintFor } from '../ui/paint.ts';
import { renderInspection } from '../ui/render-inspection.ts';

type Numbers = Readonly<Record<string, number>>;

export function register(program: Command): void {
  program
    .command('inspect')
    .summary('say what a model is, and whether it may be trained here')
    .description(
      'Looks at an ONNX file that somebody sent: what it is, what goes in, what training it would send away, what it takes. Refuses what is too large or not in the list of operators. Nothing of it is run.',
    )
    .argument('<model-or-run>', 'ONNX file, or a run: its id, or its folder')
    .option('--batch <number>', 'examples of a batch, for the memory that it takes', wholeNumber(1))
    .option('--size <name=number>', 'a size that the model leaves open; may be given several times', sizes)
    .option('--limit <name=number>', 'another limit than the default; may be given several times', limits)
    .option('--external-data', 'the model is my own: take into account what it keeps in files beside it')
    .option('--json', 'everything that was found, as JSON')
    .option('--runs <folder>', 'folder of all runs', RUNS)
    .addHelpText(
      'after',
      `\n${limitsHelp()}\n\nExample:\n  ${PROGRAM} inspect model.onnx --batch 64 --limit memory=32e9\n`,
    )
    .action(async (given: string, options: Options) => {
      // Of a file that somebody sent nothing is read but here, within the limits.
      if (runFolder(given, options.runs) === undefined) return inspect(given, options);
      const { file, release } = await givenModel(given, { runs: options.runs });
      try {
        inspect(file, options);
      } finally {
        await release();
      }
    });
}

function inspect(file: string, options: Options): void {
  const { size = {}, limit = {} } = options;
  const { source, external } = openModelFile(file);
  const sent = referredIn(source);
  const apart = sent && bytesReferred(sent);
  const model = sent
    ? withFrozen(source, unfetched(sent.id, apart ?? 0))
    : options.externalData && external
      ? { source, external }
      : { source };
  const result = tooLong(source.length + (apart ?? 0), limit) ?? inspected(model, options, apart);
  if (result.verdict === 'accepted') checkSizes(size, result);
  process.stdout.write(
    options.json
      ? `${JSON.stringify(result, undefined, 2)}\n`
      : `${renderInspection(plain(basename(file)), result, paintFor(process.stdout))}\n`,
  );
  if (result.verdict !== 'refused') return;
  process.exitCode = EXIT.inspection;
  if (result.code === 'external-data' && !options.externalData)
    process.stderr.write('If the model is your own, --external-data takes those files into account.\n');
}

interface Options {
  readonly runs: string;
  readonly batch?: number;
  readonly size?: Numbers;
  readonly limit?: Partial<InspectionLimits>;
  readonly externalData?: boolean;
  readonly json?: boolean;
}

/** Of a model as a coordinator sends it, which participants keep to be looked at: its frozen weights are not needed for that. */
function referredIn(source: ByteSource): Referred | undefined {
  try {
    const referred = referredBy(source);
    if (referred) checkReferred(referred, { bytes: bytesReferred(referred) });
    return referred;
  } catch (error) {
    // What is wrong with it, the inspection says.
    if (error instanceof OnnxFormatError) return undefined;
    throw error;
  }
}

function inspected(file: ModelFile, { batch, size = {}, limit = {} }: Options, besides = 0) {
  const hash = createHash('sha256');
  for (const piece of piecesOf([file.source])) hash.update(piece);
  const sha256 = hash.digest('hex');
  return inspectModel(file, limit, { ...(batch !== undefined && { batch }), sizes: size, sha256, besides });
}

/** A name that the model does not have would be passed over in silence. */
function checkSizes(given: Numbers, { sizes: open, inputs }: Inspection): void {
  const firsts = new Set(inputs.map(({ dims }) => dims[0]));
  for (const name of Object.keys(given)) {
    if (firsts.has(name)) throw new UsageError(`'${name}' is the size of the batch: --batch says it.`);
    if (Object.hasOwn(open, name)) continue;
    const known = Object.keys(open).filter((size) => !firsts.has(size));
    const there = known.length > 0 ? `it leaves open ${known.map(plain).join(', ')}` : 'it leaves none open';
    throw new UsageError(`The model has no open size '${name}': ${there}.`);
  }
}

function pair(text: string): [string, number] {
  const [, name, number] = /^(.+)=([^=]+)$/.exec(text) ?? [];
  const value = Number(number);
  if (name === undefined || !(value > 0) || !Number.isFinite(value))
    throw new InvalidArgumentError(`'${text}' is not NAME=NUMBER.`);
  return [name, value];
}

function sizes(text: string, before: Numbers = {}): Numbers {
  const [name, value] = pair(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError(`'${text}' is not NAME=WHOLE NUMBER.`);
  return { ...before, [name]: value };
}

function limits(text: string, before: Partial<InspectionLimits> = {}): Partial<InspectionLimits> {
  const [name, value] = pair(text);
  if (Object.hasOwn(DEFAULT_INSPECTION_LIMITS, name)) return { ...before, [name]: value };
  const known = Object.keys(DEFAULT_INSPECTION_LIMITS).join(', ');
  throw new InvalidArgumentError(`There is no limit '${name}'; there are ${known}.`);
}

function limitsHelp(): string {
  const lines = Object.entries(DEFAULT_INSPECTION_LIMITS).map(
    ([name, value]) =>
      `  ${name.padEnd(12)} ${spelled(value).padStart(17)}  ${LIMIT_WORDS[name as keyof InspectionLimits]}`,
  );
  return `Limits:\n${lines.join('\n')}`;
}
