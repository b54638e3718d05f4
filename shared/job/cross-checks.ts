import { dataFaults } from './data-checks.ts';
import type { TargetJob } from './data-job.ts';
import { nearest } from './explain.ts';
import { federatedFaults } from './federated-checks.ts';
import { ganFaults, isGanFile } from './gan-checks.ts';
import { isImageFile } from './image-checks.ts';
import { lengthFaults as rowLengthFaults } from './length-checks.ts';
import { fitFaults, scaleFaults } from './loss-fit.ts';
import { paddingFaults } from './padding-checks.ts';
import { severalFaults } from './several-checks.ts';
import { evaluatedMetrics, mayHaveMetrics, trainingFaults } from './training-checks.ts';
import { wireFaults } from './wire-checks.ts';

export interface Fault {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly allowed?: readonly string[];
  readonly nearest?: string;
  readonly atKey?: boolean;
  /** Keys of which one is missing. */
  readonly missing?: readonly string[];
  /** Where further faults only follow from this one. */
  readonly covers?: readonly (readonly (string | number)[])[];
}

type Raw = Readonly<Record<string, unknown>>;
type TargetType = Exclude<TargetJob['type'], 'several'>;

const TARGET_TYPES: readonly TargetType[] = [
  'class',
  'binary',
  'number',
  'symbols',
  'none',
  'next',
  'masked',
];

/**
 * What one key alone does not show. Works on the file as it was written, so that it speaks even when the schema has found
 * other mistakes; what has the wrong form is left to the schema.
 */
export function crossCheck(file: unknown): Fault[] {
  if (!isRaw(file)) return [];
  const data = raw(file['data']);
  const target = raw(data['target']);
  const single =
    data['text'] === undefined ? (target['type'] ?? 'class') : (wordOf(data['objective']) ?? 'next');
  const type = data['targets'] === undefined ? single : 'several';
  const known = TARGET_TYPES.find((word) => word === type);
  return [
    ...lengthFaults(file),
    ...(isRaw(file['data']) ? dataFaults(data) : []),
    ...columnFaults(data),
    ...severalFaults(file),
    ...(known
      ? [...lossFaults(file, known), ...metricFaults(file, known), ...trainingFaults(file, known)]
      : []),
    ...(known === 'next' ? foresightFaults(file) : []),
    ...heldOutFaults(file, data),
    ...rateFaults(file),
    ...federatedFaults(file),
    ...ganFaults(file),
    ...wireFaults(file),
    ...paddingFaults(file),
    ...rowLengthFaults(file),
  ];
}

function lengthFaults(file: Raw): Fault[] {
  const { epochs, rounds } = file;
  if (epochs !== undefined && rounds !== undefined) {
    const message = 'epochs and rounds cannot both be set: they say twice how long to train';
    return [{ path: ['rounds'], message, allowed: ['one of epochs, rounds'], atKey: true }];
  }
  if (epochs === undefined && rounds === undefined) {
    const keys = ['epochs', 'rounds'];
    return [{ path: [], message: 'it does not say how long to train', allowed: keys, missing: keys }];
  }
  return [];
}

/** The target, or each of several, with the keys that lead to it. */
function targetsOf(data: Raw): readonly (readonly [readonly string[], Raw])[] {
  const several = Object.entries(raw(data['targets']));
  if (several.length === 0) return [[['data', 'target'], raw(data['target'])]];
  return several.map(([name, target]) => [['data', 'targets', name], raw(target)]);
}

function columnFaults(data: Raw): Fault[] {
  const faults: Fault[] = [];
  const { columns, text } = raw(data['features']);
  const message = 'a column has no name, as data.format.header is false';
  const allowed = ['its number from 0'];
  const isNumbered = raw(data['format'])['header'] === false && !isImageFile(data);
  for (const [path, target] of targetsOf(data)) {
    const several = Array.isArray(target['columns']) ? (target['columns'] as unknown[]) : [];
    const predicted = target['column'] === undefined ? several : [target['column']];
    for (const column of predicted) {
      if (Array.isArray(columns) ? columns.includes(column) : text !== undefined && text === column) {
        const seen = `the target column ${JSON.stringify(column)} is among the features`;
        faults.push({
          path: ['data', 'features', Array.isArray(columns) ? 'columns' : 'text'],
          message: seen,
        });
      }
    }
    if (isNumbered && predicted.some((name) => typeof name === 'string')) {
      const key = target['column'] === undefined ? 'columns' : 'column';
      faults.push({ path: [...path, key], message, allowed });
    }
  }
  if (isNumbered) {
    if (typeof text === 'string') faults.push({ path: ['data', 'features', 'text'], message, allowed });
    if (Array.isArray(columns) && columns.some((name) => typeof name === 'string')) {
      faults.push({ path: ['data', 'features', 'columns'], message, allowed });
    }
  }
  return faults;
}

function lossFaults(file: Raw, target: TargetType): Fault[] {
  const word = wordOf(file['loss']);
  // Of a GAN the whole is looked at: gan-checks.ts.
  if (word === 'gan' || isGanFile(file)) return [];
  const { normalize } = raw(raw(file['data'])['target']);
  return [
    ...fitFaults(word, target, ['loss']),
    ...(target === 'number' ? scaleFaults(word, normalize, ['data', 'target']) : []),
  ];
}

/** A model that reads both ways sees the token that it is to predict: it learns to copy it, and can write nothing. */
function foresightFaults(file: Raw): Fault[] {
  const word = wordOf(file['model']);
  const both = word === 'bert' || raw(raw(file['model'])[word ?? ''])['bidirectional'] === true;
  if (word === undefined || !both) return [];
  const message = `${word === 'bert' ? 'bert' : `a bidirectional ${word}`} reads both ways, so it would see the next token that it is to predict`;
  return [
    {
      path: ['model'],
      message,
      allowed: ['data.objective: masked', 'gpt, or lstm, gru, rnn of one direction'],
    },
  ];
}

function metricFaults(file: Raw, target: TargetType): Fault[] {
  const allowed = evaluatedMetrics(file, target);
  const check = (path: readonly string[], metric: unknown, extra: readonly string[]): Fault[] => {
    if (typeof metric !== 'string' || [...allowed, ...extra].includes(metric)) return [];
    const message = `an evaluation of a target of type ${target} has no metric "${metric}"`;
    return [{ path, message, allowed: [...allowed, ...extra], nearest: nearest(metric, allowed) }];
  };
  return [
    ...(mayHaveMetrics(file)
      ? []
      : check(['early-stopping', 'metric'], raw(file['early-stopping'])['metric'], [])),
    ...check(['schedule', 'plateau', 'metric'], raw(raw(file['schedule'])['plateau'])['metric'], []),
    ...check(['checkpoint', 'best'], raw(file['checkpoint'])['best'], ['none']),
  ];
}

function heldOutFaults(file: Raw, data: Raw): Fault[] {
  const hasOwnRows = data['held-by'] === 'members' && data['source'] !== undefined;
  if (data['test'] !== 0 || hasOwnRows) return [];
  const best = raw(file['checkpoint'])['best'];
  const needs = (path: readonly string[], what: string): Fault => ({
    path,
    message: `${what} needs held-out rows, but data.test is 0`,
    allowed: ['data.test greater than 0', `no ${path.at(-1)}`],
    atKey: true,
  });
  return [
    ...(file['early-stopping'] === undefined ? [] : [needs(['early-stopping'], 'early stopping')]),
    ...(best === undefined || best === 'none' ? [] : [needs(['checkpoint', 'best'], 'the best checkpoint')]),
  ];
}

function rateFaults(file: Raw): Fault[] {
  const faults: Fault[] = [];
  const momentumless = (path: readonly string[], options: Raw) => {
    if (options['nesterov'] !== true || (typeof options['momentum'] === 'number' && options['momentum'] > 0))
      return;
    const allowed = ['momentum greater than 0, for example 0.9'];
    faults.push({ path: [...path, 'nesterov'], message: 'Nesterov needs a momentum', allowed, atKey: true });
  };
  momentumless(['optimizer', 'sgd'], raw(raw(file['optimizer'])['sgd']));
  momentumless(['strategy', 'local-steps', 'outer'], raw(raw(raw(file['strategy'])['local-steps'])['outer']));
  const schedule = wordOf(file['schedule']) ?? '';
  const minimum = raw(raw(file['schedule'])[schedule])['minimum'];
  const optimizer = wordOf(file['optimizer']);
  const options = optimizer ? raw(file['optimizer'])[optimizer] : undefined;
  const rate = typeof options === 'number' ? options : raw(options)['learning-rate'];
  if (typeof minimum === 'number' && typeof rate === 'number' && minimum >= rate) {
    const message = `the schedule's minimum ${minimum} is not below the learning rate ${rate}`;
    faults.push({ path: ['schedule', schedule, 'minimum'], message, allowed: [`less than ${rate}`] });
  }
  return faults;
}

/** The word of a choice, however it was written. */
function wordOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const keys = isRaw(value) ? Object.keys(value) : [];
  return keys.length === 1 ? keys[0] : undefined;
}

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function raw(value: unknown): Raw {
  return isRaw(value) ? value : {};
}
