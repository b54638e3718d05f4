import type { DatasetFile } from '../../node/data/block-file.ts';
import { storedCounts, trainRows } from '../../shared/data/dataset.ts';
import { RowReader } from '../../shared/data/row-reader.ts';
import { RunningStatistics } from '../../shared/data/running-statistics.ts';
import { isTable } from '../../shared/data/table-job.ts';
import {
  type ColumnTargetJob,
  columnTargets,
  scaleOf,
  targetColumns,
  targetNumbers,
} from '../../shared/job/data-job.ts';
import type { Job } from '../../shared/job/job.ts';
import type { SingleLossJob } from '../../shared/job/loss-job.ts';
import { lossRegistry } from '../../shared/nn/losses/registry.ts';

/** Rows that are looked at; training rows lie in random order, so that the first of them are a fair sample. */
const MOST_ROWS = 10_000;
/** Numbers of them in memory at once. */
const MOST_NUMBERS = 1_000_000;
/** A target is large from here on: a network begins within a few of 0, and its rate of learning is made for that. */
const LARGE = 100;
/** Of features: the largest of one is so many times the largest of another. */
const FAR_APART = 100;
/** More classes than these may be one of nearly every row. */
const FEW_CLASSES = 20;

/**
 * What is right as a job, and does most likely not do what was meant: for `check`, and for whoever starts the run. Sentences that end in
 * what to write instead.
 */
export function dataHints(job: Job, data: DatasetFile): string[] {
  if (!isTable(job.data) || data.manifest.rows === 0) return [];
  const sample = sampleOf(data);
  return [...targetHints(job, sample), ...classHints(job, data), ...featureHints(job, data, sample)];
}

/** Those of them that may have brought divergence about: sizes that nothing scales. */
export function scaleHints(job: Job, data: DatasetFile): string[] {
  if (!isTable(job.data) || data.manifest.rows === 0) return [];
  const sample = sampleOf(data);
  return [...targetHints(job, sample), ...featureHints(job, data, sample)];
}

interface Sample {
  readonly target: ReturnType<RunningStatistics['result']>;
  /** The largest size of each feature. */
  readonly largest: Float64Array;
}

function sampleOf(data: DatasetFile): Sample {
  const { manifest } = data;
  const { features: width, targets } = storedCounts(manifest);
  // Where the coordinator only evaluates, all its rows are held out.
  const rows = Math.min(trainRows(manifest) || manifest.rows, MOST_ROWS);
  const most = Math.max(1, Math.floor(MOST_NUMBERS / (width + targets)));
  const reader = new RowReader(manifest, (index) => data.readBlock(index));
  const features = new Float32Array(Math.min(rows, most) * width);
  const target = new Float32Array(Math.min(rows, most) * targets);
  const statistics = new RunningStatistics(targets);
  const largest = new Float64Array(width);
  for (let from = 0; from < rows; from += most) {
    const count = Math.min(most, rows - from);
    reader.gather(
      Uint32Array.from({ length: count }, (_, at) => from + at),
      features,
      target,
    );
    for (let row = 0; row < count; row++) {
      statistics.add(target.subarray(row * targets, (row + 1) * targets));
      for (let column = 0; column < width; column++)
        largest[column] = Math.max(largest[column]!, Math.abs(features[row * width + column]!));
    }
  }
  return { target: statistics.result(), largest };
}

/** Numbers far from 0, or far apart, that nothing scales. */
function targetHints(job: Job, { target: { mean, deviation } }: Sample): string[] {
  let start = 0;
  return targetsOf(job).flatMap(({ target, key, name, loss }) => {
    const places = Array.from({ length: targetNumbers(target) }, (_, at) => start + at);
    start += places.length;
    const keepsEnd = fileSays(job.model, name);
    if (target.type !== 'number' || (scaleOf(target) && !keepsEnd)) return [];
    if (loss && lossRegistry[loss].asItIs !== undefined) return [];
    const at = places.find((place) => Math.max(Math.abs(mean[place]!), deviation[place]!) > LARGE);
    if (at === undefined) return [];
    const column = targetColumns(target)[at - places[0]!];
    const size = `${figure(mean[at]!)} ± ${figure(deviation[at]!)}`;
    if (keepsEnd)
      return [
        `the target ${column} is ${size} (mean, deviation), and the file keeps its own end, which has to say such numbers already. If it was not trained on them, give it a new one (model.onnx.${name === undefined ? '' : `outputs.${name}.`}head: { layers: [{ dense: ${places.length} }] }) and add to ${key}: normalize: standardize`,
      ];
    return [
      `the target ${column} is ${size} (mean, deviation): a network begins near 0, and may diverge or not get there. Add to ${key}: normalize: standardize (people still see the table's units)`,
    ];
  });
}

/** Whether an ONNX file's own end says the target: its numbers are as they are, whatever the loss is scaled by. */
function fileSays(model: Job['model'], output: string | undefined): boolean {
  if (model.kind !== 'onnx') return false;
  return (output === undefined ? model.head : model.outputs?.[output]?.head) === undefined;
}

/** Classes of which nearly each row has one of its own. */
function classHints(job: Job, { manifest }: DatasetFile): string[] {
  const { rows, target: found } = manifest;
  return targetsOf(job).flatMap(({ target, key, name }, index) => {
    const isOpen = target.type === 'class' && 'column' in target && target.classes === undefined;
    const classes = (name === undefined ? found.classes : found.outputs?.[index]?.classes) ?? [];
    if (!isOpen || job.data.heldBy || classes.length <= FEW_CLASSES || classes.length < rows / 2) return [];
    const isNumber = classes.every((word) => word.trim() !== '' && Number.isFinite(Number(word)));
    const loss = name === undefined ? 'loss: mse' : `losses: { ${name}: mse }`;
    const instead = isNumber
      ? `For a quantity write ${key}: { column: ${target.column}, type: number } and ${loss}; for a class name another column`
      : `It looks like a name or an id of the row: name another column in ${key}.column`;
    return [
      `the target ${target.column} has ${classes.length} classes in ${rows} rows, about one for each row: none can be learned. ${instead}`,
    ];
  });
}

/** Features of very different sizes; a file may have its own normalisation inside. */
function featureHints({ data, model }: Job, { manifest }: DatasetFile, { largest }: Sample): string[] {
  const { names, tokens, categories = [] } = manifest.features;
  const isPrepared =
    data.features.normalize.kind !== 'none' || model.kind === 'onnx' || beginsNormalized(model);
  if (tokens || isPrepared) return [];
  const words = new Set(categories.map(({ column }) => column));
  const sizes = names
    .map((name, column) => ({ name, size: largest[column]!, isWord: words.has(column) }))
    .filter(({ size, isWord }) => size > 0 && !isWord)
    .sort((a, b) => a.size - b.size);
  const [small, large] = [sizes[0], sizes.at(-1)];
  if (!small || !large || large.size < FAR_APART * small.size) return [];
  return [
    `features are of very different sizes (${large.name} up to ${figure(large.size)}, ${small.name} up to ${figure(small.size)}), and the larger drown the smaller. Add to data.features: normalize: standardize`,
  ];
}

function beginsNormalized(model: Job['model']): boolean {
  const first = model.kind === 'layers' ? model.layers[0] : undefined;
  const type = typeof first === 'string' ? first : (first as { type?: string } | undefined)?.type;
  return type?.endsWith('-norm') ?? false;
}

interface OwnTarget {
  readonly target: ColumnTargetJob;
  /** Of several. */
  readonly name: string | undefined;
  readonly key: string;
  readonly loss: SingleLossJob['kind'] | undefined;
}

function targetsOf({ data, loss }: Job): readonly OwnTarget[] {
  return columnTargets(data.target).map(({ name, target }) => ({
    ...{ name, target, key: name === undefined ? 'data.target' : `data.targets.${name}` },
    loss: loss.kind === 'sum' ? loss.terms.find(({ output }) => output === name)?.loss.kind : loss.kind,
  }));
}

/** Three digits, as people write numbers: 207,000. */
function figure(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumSignificantDigits: 3 });
}
