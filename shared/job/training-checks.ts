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
  return [
    ...vectorFaults(file, type),
    ...weightFaults(file, type),
    ...metricFaults(file, type),
    ...plateauFaults(file),
  ];
}

/** The metrics of an evaluation: what it always has, and what this job asks for. */
export function evaluatedMetrics(file: Raw, type: TargetType): readonly string[] {
  if (isGanFile(file)) return ganMetrics(file);
  const wanted = raw(file['evaluate'])['metrics'];
  const known = optionalMetrics(type);
  const chosen = Array.isArray(wanted) ? known.filter((name) => wanted.includes(name)) : [];
  return [...metricNames(type), ...chosen];
}

function vectorFaults(file: Raw, type: TargetType): Fault[] {
  const word = wordOf(file['loss']);
  if (word === undefined || !VECTORS.includes(word) || type !== 'number') return [];
  const { columns } = raw(raw(file['data'])['target']);
  if (Array.isArray(columns) && columns.length > 1) return [];
  const message = `the loss ${word} compares vectors, but the target is one number`;
  return [{ path: ['loss'], message, allowed: ['several columns in data.target.columns'] }];
}

function weightFaults(file: Raw, type: TargetType): Fault[] {
  const { weights } = raw(raw(file['loss'])['focal']);
  if (type !== 'binary' || !Array.isArray(weights) || weights.length === 2) return [];
  const message = `a binary target has two weights, of no and of yes, and here are ${weights.length}`;
  return [{ path: ['loss', 'focal', 'weights'], message, allowed: ['[0.75, 0.25]'] }];
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

function plateauFaults(file: Raw): Fault[] {
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
