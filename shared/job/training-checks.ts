import type { Fault } from './cross-checks.ts';
import { nearest } from './explain.ts';
import { ganMetrics, isGanFile } from './gan-checks.ts';
import { metricNames, optionalMetrics } from './metric-names.ts';

type Raw = Readonly<Record<string, unknown>>;
type TargetType = Parameters<typeof metricNames>[0];

/** Losses whose targets are vectors. */
const VECTORS: readonly string[] = ['kl-divergence', 'cosine', 'triplet', 'info-nce'];

/** What loss, schedule and evaluation need of each other and of the data. */
export function trainingFaults(file: Raw, type: TargetType): Fault[] {
  return [...lossOptionFaults(theLoss(file), type), ...metricFaults(file, type), ...plateauFaults(file)];
}

/** A loss as it is written, and what it is for. */
export interface LossFile {
  readonly path: readonly string[];
  readonly word: string | undefined;
  readonly value: unknown;
  /** What is written of its target, and under which keys of `data`. */
  readonly target: Raw;
  readonly key: readonly string[];
}

function theLoss(file: Raw): LossFile {
  const value = file['loss'];
  const target = raw(raw(file['data'])['target']);
  return { path: ['loss'], word: wordOf(value), value, target, key: ['target'] };
}

/** What the options of a loss need of its target. */
export function lossOptionFaults(loss: LossFile, type: TargetType): Fault[] {
  return [...vectorFaults(loss, type), ...weightFaults(loss, type)];
}

/** The metrics of an evaluation: what it always has, and what this job asks for. */
export function evaluatedMetrics(file: Raw, type: TargetType): readonly string[] {
  if (isGanFile(file)) return ganMetrics(file);
  const wanted = raw(file['evaluate'])['metrics'];
  const known = optionalMetrics(type);
  const chosen = Array.isArray(wanted) ? known.filter((name) => wanted.includes(name)) : [];
  return [...metricNames(type), ...chosen];
}

/** A strategy of the user's own may have metrics of its own, which are known when it is loaded. */
export function mayHaveMetrics(file: Raw): boolean {
  return raw(file['strategy'])['module'] !== undefined;
}

function vectorFaults(loss: LossFile, type: TargetType): Fault[] {
  const { word } = loss;
  if (word === undefined || !VECTORS.includes(word) || type !== 'number') return [];
  const { columns } = loss.target;
  if (Array.isArray(columns) && columns.length > 1) return [];
  const message = `the loss ${word} compares vectors, but the target is one number`;
  const key = ['data', ...loss.key, 'columns'].join('.');
  return [{ path: loss.path, message, allowed: [`several columns in ${key}`] }];
}

function weightFaults({ path, value }: LossFile, type: TargetType): Fault[] {
  const { weights } = raw(raw(value)['focal']);
  if (type !== 'binary' || !Array.isArray(weights) || weights.length === 2) return [];
  const message = `a binary target has two weights, of no and of yes, and here are ${weights.length}`;
  return [{ path: [...path, 'focal', 'weights'], message, allowed: ['[0.75, 0.25]'] }];
}

function metricFaults(file: Raw, type: TargetType): Fault[] {
  const { metrics } = raw(file['evaluate']);
  if (!Array.isArray(metrics)) return [];
  const allowed = optionalMetrics(type);
  return metrics.flatMap((metric, index) => {
    // What every evaluation has may be named all the same.
    if (typeof metric !== 'string' || [...allowed, ...metricNames(type)].includes(metric)) return [];
    const message = `there is no metric "${metric}" for a target of type ${type}`;
    return [{ path: ['evaluate', 'metrics', index], message, allowed, nearest: nearest(metric, allowed) }];
  });
}

export function plateauFaults(file: Raw): Fault[] {
  if (wordOf(file['schedule']) !== 'plateau' || raw(file['data'])['test'] !== 0) return [];
  const message = 'the schedule plateau looks at evaluations, which need held-out rows, but data.test is 0';
  return [{ path: ['schedule'], message, allowed: ['data.test greater than 0', 'another schedule'] }];
}

/** The word of a choice, however it was written. */
function wordOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const keys = Object.keys(raw(value));
  return keys.length === 1 ? keys[0] : undefined;
}

function raw(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}
