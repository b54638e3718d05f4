import { type Command, Option } from 'commander';
import { exportAdapters } from '../../coordinator/export/export-adapters.ts';
import { type ExportedModel, exportRun } from '../../coordinator/export/export-run.ts';
import type { RunDescription } from '../../coordinator/run/description.ts';
import { describeStored } from '../../coordinator/run/open.ts';
import { readRun } from '../../coordinator/store/read-run.ts';
import { command, PROGRAM } from '../../shared/text/command.ts';
import { UsageError } from '../errors.ts';
import { RUNS, wholeNumber } from '../options.ts';
import { runPlace } from '../run-place.ts';
import { counted } from '../ui/numbers.ts';

interface ExportCommand {
  readonly out?: string;
  readonly version: 'last' | 'best';
  readonly signature?: 'original' | 'tributary';
  readonly adapters?: string;
  readonly cluster?: number;
  readonly webgpu?: true;
  readonly runs: string;
}

export function register(program: Command): void {
  program
    .command('export')
    .summary("write a run's model as an ONNX file")
    .description(
      "Writes the inference model of a run: weights, input normalisation, probabilities, where it comes from. It is compared with the trained weights on rows of the run's data before it is handed over.",
    )
    .argument('<run>', `the run's id, or its folder: ${command('runs')} lists them`)
    .option('--out <file>', 'file to write (default: RUN.onnx)')
    .addOption(
      new Option('--version <which>', 'newest commit, or the best by checkpoint.best')
        .choices(['last', 'best'])
        .default('last'),
    )
    .addOption(
      new Option(
        '--signature <names>',
        "names of inputs and outputs: those of the job's ONNX file (the default where it has one), or features and logits",
      ).choices(['original', 'tributary']),
    )
    .option(
      '--adapters <file>',
      "write only the job's adapters (lora), as PEFT does: .safetensors, and adapter_config.json beside it",
    )
    .option(
      '--cluster <number>',
      'of a run with several models (strategy ifca): which one, from 0 (default: 0)',
      wholeNumber(0),
    )
    .option(
      '--webgpu',
      "write convolutions that ONNX Runtime's WebGPU provider computes wrongly in another way, that every provider computes rightly",
    )
    .option('--runs <folder>', 'folder of all runs', RUNS)
    .addHelpText('after', `\nExample:\n  ${PROGRAM} export digits-20260101-120000-1a2b --out digits.onnx\n`)
    .action(async (given: string, options: ExportCommand) => {
      refuseBesideAdapters(options);
      const { id, runs, directory } = runPlace(given, options.runs);
      const store = readRun(directory);
      try {
        const description = await describeStored(store, runs);
        if (options.adapters !== undefined) {
          const written = await exportAdapters(store, description, options.adapters, options.version);
          process.stdout.write(
            `${written.file}: adapters of version ${written.version} of round ${written.round}, ${written.tensors} tensors, ${written.bytes} bytes; ${written.config}\n`,
          );
          return;
        }
        const model = await exportRun(store, description, {
          out: options.out ?? `${id}.onnx`,
          version: options.version,
          ...(options.cluster !== undefined && { cluster: options.cluster }),
          ...(options.signature ? { signature: options.signature } : {}),
          ...(options.webgpu && { webGpu: true }),
        });
        for (const warning of warningsOf(model)) process.stderr.write(`warning: ${warning}\n`);
        process.stdout.write(
          `${model.file}: version ${model.version} of round ${model.round}, ${model.bytes} bytes; ` +
            `equal to the trained weights on ${rowsCompared(model, description.manifest)} (largest difference ${model.maxDifference.toExponential(1)})\n`,
        );
        for (const line of besides(model)) process.stdout.write(`${line}\n`);
      } finally {
        store.close();
      }
    });
}

/** What only the whole model has would go without a word. */
function refuseBesideAdapters(options: ExportCommand): void {
  if (options.adapters === undefined) return;
  const beside = (['out', 'signature', 'cluster', 'webgpu'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (beside === undefined) return;
  throw new UsageError(
    `--adapters writes only the adapters, and --${beside} is of the whole model: export twice, once with each.`,
  );
}

/** What to know before the file is used. */
export function warningsOf({ damaged, version, wrongOnWebGpu: wrong }: ExportedModel): string[] {
  const lines = damaged.map((damage) => `${damage}: exported version ${version} instead`);
  if (wrong === 0) return lines;
  const which = `${wrong} of its convolutions ${wrong === 1 ? 'is' : 'are'}`;
  return [
    ...lines,
    `${which} computed wrongly by ONNX Runtime 1.30 on WebGPU, and without an error: export with --webgpu for a file to run there`,
  ];
}

/** A coordinator whose participants hold all rows compares on drawn ones. */
function rowsCompared({ rowsCompared: rows }: ExportedModel, manifest: RunDescription['manifest']): string {
  return manifest.rows > 0
    ? `${rows} rows`
    : `${rows} rows that were drawn at random, as the coordinator has none`;
}

/** What was done for WebGPU, and what lies beside the model. */
export function besides({
  data,
  tokenizer,
  generation,
  decoder,
  rewrittenForWebGpu,
}: ExportedModel): string[] {
  const lines = rewrittenForWebGpu === undefined ? [] : [forWebGpu(rewrittenForWebGpu)];
  if (data !== undefined)
    lines.push(`${data}: its weights, without which it cannot be read: keep them beside it`);
  if (tokenizer !== undefined) lines.push(`${tokenizer}: its tokenizer`);
  if (decoder !== undefined) lines.push(`${decoder}: its decoder, for ${command('generate')}`);
  if (generation && 'file' in generation)
    lines.push(`${generation.file}: to write text token by token, for ${command('generate')}`);
  else if (generation)
    lines.push(`${command('generate')} will run the whole model for each token: ${generation.reason}`);
  return lines;
}

function forWebGpu(rewritten: number): string {
  if (rewritten === 0) return '--webgpu: nothing to change, WebGPU computes all of its convolutions rightly';
  const convolutions = counted(rewritten, 'convolution');
  return `--webgpu: ${convolutions} written in another form, which WebGPU computes rightly`;
}
