import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { exportRun } from '../../coordinator/export/export-run.ts';
import { describeStored } from '../../coordinator/run/open.ts';
import { readRun } from '../../coordinator/store/read-run.ts';
import { RUNS } from '../options.ts';

export function register(program: Command): void {
  program
    .command('export')
    .summary("write a run's model as an ONNX file")
    .description(
      "Writes the inference model of a run: weights, input normalisation, probabilities, where it comes from. It is compared with the trained weights on rows of the run's data before it is handed over.",
    )
    .argument('<run>', "the run's id: tributary runs lists them")
    .option('--out <file>', 'file to write (default: RUN.onnx)')
    .addOption(
      new Option('--version <which>', 'newest commit, or the best by checkpoint.best')
        .choices(['last', 'best'])
        .default('last'),
    )
    .option('--runs <folder>', 'folder of all runs', RUNS)
    .addHelpText('after', '\nExample:\n  tributary export digits-20260101-120000-1a2b --out digits.onnx\n')
    .action(async (id: string, options: { out?: string; version: 'last' | 'best'; runs: string }) => {
      const store = readRun(join(options.runs, id));
      try {
        const description = await describeStored(store, options.runs);
        const model = await exportRun(store, description, {
          out: options.out ?? `${id}.onnx`,
          version: options.version,
        });
        for (const damage of model.damaged) {
          process.stderr.write(`warning: ${damage}: exported version ${model.version} instead\n`);
        }
        process.stdout.write(
          `${model.file}: version ${model.version} of round ${model.round}, ${model.bytes} bytes; ` +
            `equal to the trained weights on ${model.rowsCompared} rows (largest difference ${model.maxDifference.toExponential(1)})\n`,
        );
      } finally {
        store.close();
      }
    });
}
