import type { DatasetManifest } from '../../shared/data/dataset.ts';
import { LEAST_OF_A_WORD, surveyed } from '../../shared/data/survey.ts';
import {
  type ColumnJob,
  type ColumnTargetJob,
  columnTargets,
  type DataJob,
  scaleOf,
  targetColumns,
} from '../../shared/job/data-job.ts';
import { lossWords } from '../../shared/nn/losses/losses-of.ts';
import { plain, spelled, spelledBytes, spelledCount } from '../../shared/onnx/inspect/plain.ts';
import type { Section } from '../../shared/onnx/inspect/words.ts';
import type { Recipe } from '../../shared/programs/recipe.ts';
import type { OwnRows } from '../../shared/protocol/messages.ts';
import { command } from '../../shared/text/command.ts';
import type { Offer } from './asked.ts';
import type { LimitOptions } from './limits.ts';

/** What the one who is asked knows by itself. */
export interface Place {
  /** HOST:PORT of the coordinator. */
  readonly address: string;
  /** SHA-256 of its certificate; undefined: plaintext. */
  readonly fingerprint: string | undefined;
  /** Without a fingerprint: whether it is TLS all the same, with a certificate that the browser or the system has checked. */
  readonly encrypted?: boolean;
  /** How the coordinator calls this participant. */
  readonly name: string;
  /** Its data, as people call them. */
  readonly data: string;
  readonly limits: LimitOptions;
  /** Where the model was put, to be looked at. */
  readonly modelFile?: string | undefined;
}

/** Columns that are listed by name. */
const MOST_NAMES = 12;
const MOST_LAYERS = 12;

/** What a participant is asked to do, in words, before anything leaves its machine. */
export function describeAsked(asked: Described, place: Place): readonly Section[] {
  return asked.kind === 'train' ? training(asked, place) : survey(asked, place);
}

/** What is asked; its own rows may not have been read yet. */
export type Described = Offer & { readonly rows?: OwnRows };
type Training = Extract<Described, { kind: 'train' }>;
type Survey = Extract<Described, { kind: 'survey' }>;

function training(asked: Training, place: Place): Section[] {
  const { recipe, rows } = asked;
  return [
    { title: 'Who asks', lines: whoAsks(asked, place) },
    {
      title: 'For what',
      lines: [
        ...planned(recipe),
        ...columns(recipe.data, asked.manifest),
        ...(rows
          ? [
              `Found here: ${spelled(rows.examples)} rows to train on, ${spelled(rows.heldOut)} held out to evaluate with`,
            ]
          : []),
      ],
    },
    { title: 'The model', lines: model(asked, place) },
    { title: 'What leaves this machine', lines: [...updates(asked), ...itself(place, 'rows of both kinds')] },
    { title: 'What never leaves it', lines: NEVER },
    ...limits(place),
  ];
}

function survey(asked: Survey, place: Place): Section[] {
  const { request, rows } = asked;
  return [
    { title: 'Who asks', lines: whoAsks(asked, place) },
    {
      title: 'For what',
      lines: [
        'A survey before the training: sums over the rows of all participants, so that a model can be made for them.',
        ...columns(request.data),
        ...(rows ? [`Found here: ${spelled(rows.examples)} rows`] : []),
      ],
    },
    { title: 'What leaves this machine', lines: [...sums(request.data), ...itself(place, 'rows')] },
    {
      title: 'What never leaves it',
      lines: ['No row, no cell, no file, and no sum of another column.'],
    },
    {
      title: 'What comes after it',
      lines: ['A model to train. That is asked for separately, and can be declined.'],
    },
    ...limits(place),
  ];
}

function whoAsks({ welcome }: Described, { address, fingerprint, encrypted }: Place): string[] {
  const trust = fingerprint
    ? `encrypted; its certificate has the SHA-256 ${fingerprint}`
    : encrypted
      ? 'encrypted; its certificate was checked'
      : 'NOT encrypted: whoever is on the way can read and change what is sent';
  return [`The run ${plain(welcome.runName)} (${plain(welcome.run)})`, `Coordinator ${address}, ${trust}`];
}

function planned({ plan, loss, optimizer }: Recipe): string[] {
  const rounds = plan?.rounds === undefined ? 'Rounds' : `${spelled(plan.rounds)} rounds`;
  const { epochs, steps, batch } = plan?.work ?? {};
  const work = [
    ...(epochs === undefined ? [] : [`${counted(epochs, 'pass', 'passes')} over its rows`]),
    ...(steps === undefined ? [] : [`at most ${counted(steps, 'step', 'steps')}`]),
    ...(batch === undefined
      ? ['what each round says']
      : [batch ? `${spelled(batch)} rows at a time` : 'all rows at a time']),
  ].join(', ');
  return [
    `${rounds} of training${plan ? ` (${plain(plan.strategy)})` : ''}; in each: ${work}, by ${optimizer.kind}`,
    `To make less: ${plain(lossWords(loss))}`,
  ];
}

function counted(count: number, one: string, many: string): string {
  return `${spelled(count)} ${count === 1 ? one : many}`;
}

function columns(data: DataJob, manifest?: DatasetManifest): string[] {
  if (data.tokens?.column !== undefined)
    return [`Text in the column ${names([data.tokens.column])}`, ...target(data, manifest)];
  if (data.format.type === 'text') return ['The text as a whole, as tokens', ...target(data, manifest)];
  const { columns: features = [], categories, shape, lengths } = data.features;
  if (data.format.type === 'images')
    return [`From images, each as ${shape?.map(spelled).join(' x ')} pixels`, ofImages(data, manifest)];
  const words = categories?.length ? `; words in ${names(categories)}` : '';
  const long = lengths ? `; ${names([lengths.column])} says how long a row is` : '';
  return [
    `From the ${features.length === 1 ? 'column' : `${features.length} columns`} ${names(features)}${words}${long}`,
    ...target(data, manifest),
  ];
}

function target({ target }: DataJob, manifest?: DatasetManifest): string[] {
  if (target.type === 'several') {
    return target.outputs.map(({ name, target: own }, at) => {
      const classes = manifest?.target.outputs?.[at]?.classes ?? ('classes' in own ? own.classes : undefined);
      return `${ofColumns(own, classes)}, as ${plain(name)}`;
    });
  }
  const wanted = targetColumns(target);
  if (wanted.length === 0) return [`To be learned: ${TARGETS[target.type] ?? target.type}`];
  const declared = manifest?.target.classes ?? ('classes' in target ? target.classes : undefined);
  return [target.type === 'symbols' ? ofColumns(target, declared) : learned(wanted, declared)];
}

function ofColumns(target: ColumnTargetJob, declared: readonly string[] | undefined): string {
  const columns = targetColumns(target);
  if (target.type !== 'symbols') return learned(columns, declared);
  const symbols = declared ? `, up to ${target.length} of these in a row: ${list(declared.map(plain))}` : '';
  return `${learned(columns, undefined)}${symbols}`;
}

/** Images have no columns: the class is the name of the folder. */
function ofImages({ target }: DataJob, manifest?: DatasetManifest): string {
  if (target.type === 'none') return 'To be learned: the images themselves';
  const classes = manifest?.target.classes ?? ('classes' in target ? target.classes : undefined);
  return `To be learned: the class of each, the name of its folder${oneOf(classes)}`;
}

function learned(columns: readonly ColumnJob[], declared: readonly string[] | undefined): string {
  return `To be learned: ${columns.length === 1 ? 'column' : 'columns'} ${names(columns)}${oneOf(declared)}`;
}

function oneOf(classes: readonly string[] | undefined): string {
  return classes ? `, one of ${classes.length} classes: ${list(classes.map(plain))}` : '';
}

const TARGETS: Readonly<Record<string, string>> = {
  none: 'the columns themselves',
  next: 'the next token of the text',
  masked: 'tokens of the text that are hidden',
};

function model(
  { inspection: { layers, trainable, memory, batch, operations, sha256 } }: Training,
  place: Place,
): string[] {
  const shown = layers.slice(0, MOST_LAYERS);
  const more = layers.length - shown.length;
  const file = place.modelFile;
  return [
    ...shown,
    ...(more > 0 ? [`… and ${more} more`] : []),
    `${spelled(trainable)} numbers that are trained; at most about ${spelledBytes(memory.total)} of memory for ${batch} rows, ` +
      `${spelledCount(operations.training)} operations for a row`,
    'Inspected: a graph of allowed operators. It has no code, and no way to files or the network.',
    `SHA-256 ${sha256}`,
    ...(file ? [`Kept to be looked at: ${command('inspect', file)}`] : []),
  ];
}

function updates({ inspection, recipe }: Training): string[] {
  const { trainable, statistics, update } = inspection;
  const running = statistics > 0 ? ` and ${spelled(statistics)} running means and variances` : '';
  const extra = recipe.metrics?.length
    ? `, and what ${recipe.metrics.map(plain).join(', ')} are made of`
    : '';
  // Vectors of the model's length that the strategy has sent beside the differences: SCAFFOLD's control variates.
  const others = recipe.state?.vectors?.filter((name) => name.startsWith('change.')) ?? [];
  const beside = others.map((name) => `, and as many numbers again (${plain(name.slice(7))})`).join('');
  const size = spelledBytes(update + 4 * trainable * others.length);
  return [
    `In each round an update: ${spelled(trainable)} differences of weights${running}${beside}: about ${size} before it is made smaller for the way`,
    'An update is computed from rows and can tell something about them; docs/participants.md says how much.',
    `Beside it, and from evaluations, sums over many rows: loss, numbers of rows and of right answers, ` +
      `a table of classes against answers${extra}`,
  ];
}

function sums(data: DataJob): string[] {
  const wanted = surveyed(data);
  const { columns: features = [], categories = [] } = data.features;
  const targets = columnTargets(data.target)
    .filter((each) => scaleOf(each.target)?.kind === 'standardize')
    .flatMap((each) => targetColumns(each.target));
  const numbers = [
    ...(wanted.moments ? features.filter((column) => !categories.includes(column)) : []),
    ...targets,
  ];
  return [
    'Once:',
    '  how many rows there are',
    ...(numbers.length > 0 ? [`  the sum, and the sum of the squares, of each of ${names(numbers)}`] : []),
    ...(wanted.classes
      ? [
          `  each value of ${wanted.targets.length > 1 ? 'each of ' : ''}${names(wanted.targets.map(({ column }) => column))}, and how many rows have it`,
        ]
      : []),
    ...(wanted.words
      ? [
          `  each word of ${names(categories)} that at least ${LEAST_OF_A_WORD} rows have, and how many have it`,
        ]
      : []),
  ];
}

/** What it says of itself, which is also something. */
function itself({ name }: Place, counted: string): string[] {
  return [
    `About itself: the name ${JSON.stringify(name)}, how many ${counted} it has, version, engine, threads, how long it computes`,
  ];
}

const NEVER = ['No row, no cell, no file, no column of the data.'];

function limits({ limits: { maxRounds, maxUpload, maxModel, hours } }: Place): Section[] {
  const lines = [
    ...(maxRounds === undefined ? [] : [`at most ${counted(maxRounds, 'round', 'rounds')} of training`]),
    ...(maxUpload === undefined ? [] : [`at most ${spelledBytes(maxUpload)} of updates`]),
    ...(maxModel === undefined ? [] : [`a model of at most ${spelledBytes(maxModel)}`]),
    ...(hours === undefined ? [] : [`only in the hours ${hours.text}`]),
  ];
  return lines.length === 0 ? [] : [{ title: 'Limits that you set', lines }];
}

function names(columns: readonly ColumnJob[]): string {
  const numbers = columns.map(Number);
  const run =
    numbers.length > 3 && numbers.every((value, index) => index === 0 || value === numbers[index - 1]! + 1);
  if (run) return `${columns[0]} to ${columns.at(-1)}`;
  return list(columns.map((column) => plain(String(column))));
}

function list(words: readonly string[]): string {
  const shown = words.slice(0, MOST_NAMES).join(', ');
  return words.length > MOST_NAMES ? `${shown}, … (${words.length} in all)` : shown;
}
