import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Job } from '../../shared/job/job.ts';
import { parseJob } from '../../shared/job/parse.ts';

export function register(program: Command): void {
  program
    .command('check')
    .summary('check a job file')
    .description(
      'Reads a job file and shows every mistake in it: line, column, what was found, what is allowed. Nothing is trained, the data is not read.',
    )
    .argument('<job>', 'job file (YAML)')
    .option('--json', 'print the job with all its defaults, as JSON')
    .addHelpText('after', '\nExample:\n  tributary check examples/digits/job.yaml\n')
    .action((file: string, options: { readonly json?: boolean }) => {
      const job = parseJob(readFileSync(file, 'utf8'), file);
      process.stdout.write(
        options.json ? `${JSON.stringify(job, undefined, 2)}\n` : `${summary(file, job)}\n`,
      );
    });
}

function summary(file: string, job: Job): string {
  const { model, optimizer, schedule, strategy } = job;
  const models = {
    layers: () => (model.kind === 'layers' ? `${model.layers.length} layers` : ''),
    named: () => (model.kind === 'named' ? model.name : ''),
    onnx: () => (model.kind === 'onnx' ? model.path : ''),
  };
  const length = job.epochs === undefined ? `${job.rounds} rounds` : `${job.epochs} epochs`;
  return [
    `${basename(file)} is right.`,
    `  ${job.name}: ${models[model.kind]()}, ${job.loss.kind}, on ${job.data.source} (target: ${job.data.target.type})`,
    `  ${optimizer.kind} at ${optimizer.learningRate}, ${schedule.kind}; ${strategy.kind}, ${length}, batch ${job.batch}, seed ${job.seed}`,
  ].join('\n');
}
