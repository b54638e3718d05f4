import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { type ExaminedJob, examineJob } from '../../coordinator/run/examine.ts';
import { surveyed } from '../../shared/data/survey.ts';
import type { Job } from '../../shared/job/job.ts';
import { parseJob } from '../../shared/job/parse.ts';
import { inJob } from '../../shared/job/place-in-job.ts';
import { type Wire, wireOf } from '../../shared/job/wire-job.ts';
import { lossesOf, lossWords } from '../../shared/nn/losses/losses-of.ts';
import { lossRegistry } from '../../shared/nn/losses/registry.ts';
import { PROGRAM } from '../../shared/text/command.ts';
import { type ExaminedSimulation, examineSection, examineSimulation } from '../../simulation/examine.ts';
import { probeCache } from '../../worker/data/cache-folder.ts';
import { cacheFolder } from '../options.ts';
import { participantNeeds } from '../participant-needs.ts';
import { counted } from '../ui/numbers.ts';

export function register(program: Command): void {
  program
    .command('check')
    .summary('check a job file')
    .description(
      'Reads a job file and shows every mistake in it: line, column, what was found, what is allowed. Then reads the data and builds the model, to see that they fit; nothing is trained.',
    )
    .argument('<job>', 'job file (YAML)')
    .option('--no-data', 'look at the job file only')
    .option(
      '--json',
      'print the job with all its defaults, as JSON; and under hints what is right, and most likely not what was meant',
    )
    .addHelpText('after', `\nExample:\n  ${PROGRAM} check examples/digits/job.yaml\n`)
    .action(async (file: string, options: { readonly json?: boolean; readonly data: boolean }) => {
      const text = readFileSync(file, 'utf8');
      const job = parseJob(text, file);
      examineSection(job, file, text);
      const examined = options.data ? await inJob(text, file, () => examineJob(job, file)) : undefined;
      const simulation =
        options.data && job.simulation
          ? await inJob(text, file, () => examineSimulation(job, file, text))
          : undefined;
      const cache = options.data ? await unusableCache() : undefined;
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ ...job, ...(examined && { hints: hintsOf(examined, simulation) }) }, undefined, 2)}\n`
          : `${summary(file, job, examined, simulation)}\n${cache ?? ''}`,
      );
    });
}

/** Of the coordinator's rows, and of those of virtual participants: often the same. */
function hintsOf(
  examined: ExaminedJob | undefined,
  simulation: ExaminedSimulation | undefined,
): readonly string[] {
  return [...new Set([...(examined?.hints ?? []), ...(simulation?.hints ?? [])])];
}

/** A run on this machine would fail for it, with a job that is right. */
async function unusableCache(): Promise<string | undefined> {
  try {
    await probeCache(cacheFolder());
    return undefined;
  } catch (error) {
    return `  note: workers on this machine cannot start. ${(error as Error).message}\n`;
  }
}

const COUPLED =
  '  note: the loss compares rows of a batch with each other. A member sees its own piece of the batch only, so the result depends on how many members there are.';

function summary(
  file: string,
  job: Job,
  examined: ExaminedJob | undefined,
  simulation: ExaminedSimulation | undefined,
): string {
  const { model, optimizer, schedule, strategy } = job;
  const models = {
    layers: () => (model.kind === 'layers' ? `${model.layers.length} layers` : ''),
    named: () => (model.kind === 'named' ? model.name : ''),
    onnx: () => (model.kind === 'onnx' ? model.path : ''),
    gan: () => 'generator and discriminator',
  };
  const length = job.epochs === undefined ? counted(job.rounds!, 'round') : counted(job.epochs, 'epoch');
  return [
    `${basename(file)} is right.`,
    `  ${job.name}: ${models[model.kind]()}, ${lossWords(job.loss)}, on ${job.data.source || 'rows that participants hold'} (${targetWords(job.data.target)})`,
    `  ${optimizer.kind} at ${optimizer.learningRate}, ${schedule.kind}; ${strategy.kind}, ${length}, batch ${job.batch}, seed ${job.seed}`,
    ...wireLines(wireOf(job.wire)),
    ...precisionLines(job.memory?.precision),
    ...(lossesOf(job.loss).some(({ kind }) => lossRegistry[kind].coupled) ? [COUPLED] : []),
    ...(examined ? [facts(job, examined)] : []),
    ...(simulation ? [simulationFacts(job, simulation)] : []),
    ...participantNeeds(job).map((line) => `  ${line}`),
    ...hintsOf(examined, simulation).map((hint) => `  note: ${hint}`),
    ...(examined?.personal ? [`  note: ${examined.personal}`] : []),
    ...(examined?.imported ? weightsFound(examined.imported) : []),
  ].join('\n');
}

function targetWords(target: Job['data']['target']): string {
  if (target.type !== 'several') return `target: ${target.type}`;
  return `targets: ${target.outputs.map(({ name, target: own }) => `${name} ${own.type}`).join(', ')}`;
}

function facts(job: Job, examined: ExaminedJob): string {
  const { training, test, features, classes, parameters, outputs, steps, labels } = examined;
  const open = surveyed(job.data).classes;
  const countedLater = `, classes are counted over the participants${outputs ? ` (the model has outputs for ${outputs})` : ''}`;
  const kinds = classes ? `, ${classesWords(classes.length, steps)}` : open ? countedLater : '';
  // A coordinator that has no rows of its own evaluates with none: that is no figure.
  const own = test > 0 ? `${test} rows of the coordinator’s to evaluate with, ` : '';
  const rows = job.data.heldBy ? own : `${training} rows to train on and ${test} held out, `;
  const size =
    parameters === undefined
      ? 'how many parameters, the participants’ rows tell'
      : `${parameters} parameters`;
  const read = labels.map(({ output, steps: own, symbols }) => `, ${output} ${classesWords(symbols, own)}`);
  return `  ${rows}${features} features${kinds}${read.join('')}; ${size}`;
}

/** @param steps at which a model reads labels of symbols */
function classesWords(classes: number, steps: number | undefined): string {
  if (steps === undefined) return classes === 1 ? '1 class' : `${classes} classes`;
  return `read in ${counted(steps, 'step')}: ${counted(classes, 'symbol')} and the blank`;
}

/** What travels in each direction, where it is not what was computed. */
function wireLines({ down, delta, up }: Wire): string[] {
  if (down === 'f32' && !delta && up.codec === 'f32') return [];
  const changes = delta ? ` (changes as ${delta})` : '';
  const share = 'share' in up ? ` of ${up.share}` : '';
  return [`  wire: weights ${down}${changes}, updates ${up.codec}${share}`];
}

/** What members train in, where it is not float32. */
function precisionLines(precision: NonNullable<Job['memory']>['precision']): string[] {
  if (precision === undefined) return [];
  const others = precision === 'mixed' ? 'train in float32' : 'round as float16 does, slower than float32';
  return [
    `  precision: float16 with loss scaling on members whose engine has it (webgpu, cuda), weights in float32; cpu and wasm ${others}`,
  ];
}

/** What `tributary simulate` would begin with. */
function simulationFacts(job: Job, { clients, empty, rows, heldOut }: ExaminedSimulation): string {
  const { kind } = job.simulation!.partition;
  const none = empty > 0 ? `, of whom ${empty} have none and take no part` : '';
  const dealt = `${clients} virtual participants with ${rows} rows (${kind})${none}`;
  return `  simulation: ${dealt}; ${heldOut} rows to evaluate with`;
}

/** All of one width. */
function wordOf({ trains, isStatistic }: NonNullable<ExaminedJob['imported']>['weights'][number]): string {
  if (!trains) return 'frozen ';
  return isStatistic ? 'follows' : 'trains ';
}

/** What of an ONNX file trains and what is frozen, a line for each weight, those of a new head too, and what was noticed. */
function weightsFound({ weights, head, notes }: NonNullable<ExaminedJob['imported']>): string[] {
  const changing = weights.filter(({ trains }) => trains);
  const followed = changing.filter(({ isStatistic }) => isStatistic).length;
  const trained = changing.length - followed;
  const frozen = weights.length - changing.length;
  const width = Math.max(...[...weights, ...head].map(({ name }) => name.length));
  const line = (word: string, { name, dims }: (typeof head)[number]) =>
    `    ${word} ${name.padEnd(width)}  [${dims.join(', ')}]`;
  return [
    `  ${counted(weights.length, 'weight')} found in the file: ${trained} ${trained === 1 ? 'trains' : 'train'}, ${frozen} ${frozen === 1 ? 'is' : 'are'} frozen${followed > 0 ? `, ${counted(followed, 'statistic')} of batch normalisation ${followed === 1 ? 'follows' : 'follow'} the data` : ''}`,
    ...weights.map((weight) => line(wordOf(weight), weight)),
    ...(head.length > 0
      ? [
          `  ${counted(head.length, 'weight')} of the new head ${head.length === 1 ? 'trains' : 'train'}`,
          ...head.map((weight) => line('trains ', weight)),
        ]
      : []),
    ...notes.map((note) => `  note: ${note}`),
  ];
}
