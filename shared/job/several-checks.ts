import { className } from '../data/class-name.ts';
import type { Fault } from './cross-checks.ts';
import { missingSymbols, targetFaults } from './data-checks.ts';
import { nearest } from './explain.ts';
import { fitFaults, lossesFor, scaleFaults } from './loss-fit.ts';
import { metricNames, optionalMetrics } from './metric-names.ts';
import { lossOptionFaults, mayHaveMetrics, plateauFaults } from './training-checks.ts';

type Raw = Readonly<Record<string, unknown>>;
type Type = (typeof TYPES)[number];

const TYPES = ['class', 'number', 'binary', 'symbols'] as const;

interface Output {
  readonly name: string;
  readonly target: Raw;
  /** Undefined where it is none of them. */
  readonly type: Type | undefined;
}

/** One target or several, one loss or one for each of the targets; and what a model of several outputs goes with. */
export function severalFaults(file: Raw): Fault[] {
  const data = raw(file['data']);
  if (data['targets'] === undefined) return withoutTargets(file);
  const outputs = Object.entries(raw(data['targets'])).map(([name, target]) => outputOf(name, raw(target)));
  if (outputs.length === 0) return [{ path: ['data', 'targets'], message: 'there is no target in it' }];
  return [
    ...(data['target'] === undefined ? [] : [both(['data', 'target'], 'target and targets')]),
    ...outputs.flatMap((output) =>
      targetFaults(output.target, raw(data['features']), ['data', 'targets', output.name]),
    ),
    ...lossFaults(file, outputs),
    ...metricFaults(file, outputs),
    ...plateauFaults(file),
    ...modelFaults(file, outputs),
    ...classFaults(data, outputs),
  ];
}

function outputOf(name: string, target: Raw): Output {
  const { type = 'class' } = target;
  return { name, target, type: TYPES.find((word) => word === type) };
}

function both(path: readonly string[], what: string): Fault {
  const message = `${what} cannot both be set`;
  return { path, message, allowed: [`one of ${what.replace(' and ', ', ')}`], atKey: true };
}

function withoutTargets(file: Raw): Fault[] {
  const { loss, losses } = file;
  if (losses !== undefined) {
    const message = 'losses is of a model of several outputs, and data.targets does not say which';
    return [{ path: ['losses'], message, allowed: ['loss', 'data.targets'], atKey: true }];
  }
  return [...(loss === undefined ? [{ path: ['loss'], message: 'missing' }] : []), ...outputsFaults(file)];
}

function outputsFaults(file: Raw): Fault[] {
  if (raw(raw(file['model'])['onnx'])['outputs'] === undefined) return [];
  const message = 'outputs is of several targets, and data.targets does not say which';
  return [{ path: ['model', 'onnx', 'outputs'], message, allowed: ['output', 'head'], atKey: true }];
}

function lossFaults(file: Raw, outputs: readonly Output[]): Fault[] {
  const names = outputs.map(({ name }) => name);
  if (file['loss'] !== undefined) {
    const message = 'a model of several outputs (data.targets) has a loss for each of them';
    return [{ path: ['loss'], message, allowed: [`losses, with ${names.join(', ')}`], atKey: true }];
  }
  if (file['losses'] === undefined) return [{ path: ['losses'], message: 'missing', allowed: names }];
  const losses = raw(file['losses']);
  const strange = Object.keys(losses).filter((name) => !names.includes(name));
  return [
    ...strange.map((name) => ({
      ...{ path: ['losses', name], message: `there is no output "${name}" in data.targets`, allowed: names },
      ...{ nearest: nearest(name, names), atKey: true },
    })),
    ...outputs.flatMap(({ name, target, type }) => {
      if (losses[name] === undefined) {
        const allowed = type
          ? lossesFor(type).filter((word) => word !== 'variational' && word !== 'gan')
          : [];
        return [
          { path: ['losses', name], message: `the output "${name}" has a target and no loss`, allowed },
        ];
      }
      const [value, path] = [losses[name], ['losses', name]];
      const word = lossWord(value);
      if (type === undefined) return [];
      return [
        ...fitFaults(word, type, path),
        ...(type === 'number' ? scaleFaults(word, target['normalize'], ['data', 'targets', name]) : []),
        ...lossOptionFaults({ path, word, value, target, key: ['targets', name] }, type),
      ];
    }),
  ];
}

/** The word of a loss, with a weight beside it or not. */
function lossWord(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const keys = Object.keys(raw(value)).filter((key) => key !== 'weight');
  return keys.length === 1 ? keys[0] : undefined;
}

/** Names of metrics are those of one target, behind the output's name. */
function metricFaults(file: Raw, outputs: readonly Output[]): Fault[] {
  const known = outputs.filter((output): output is Output & { type: Type } => output.type !== undefined);
  if (known.length < outputs.length) return [];
  const of = (metrics: (type: Type) => readonly string[]) =>
    known.flatMap(({ name, type }) => metrics(type).map((metric) => `${name}.${metric}`));
  const usual = ['loss', ...of(metricNames)];
  const optional = of(optionalMetrics);
  const { metrics } = raw(file['evaluate']);
  const wanted: readonly unknown[] = Array.isArray(metrics) ? metrics : [];
  const evaluated = [...usual, ...optional.filter((name) => wanted.includes(name))];
  const check = (
    path: readonly (string | number)[],
    metric: unknown,
    allowed: readonly string[],
  ): Fault[] => {
    if (typeof metric !== 'string' || allowed.includes(metric)) return [];
    const message = `an evaluation of these outputs has no metric "${metric}"`;
    return [{ path, message, allowed, nearest: nearest(metric, allowed) }];
  };
  return [
    ...wanted.flatMap((metric, at) => check(['evaluate', 'metrics', at], metric, [...optional, ...usual])),
    ...(mayHaveMetrics(file)
      ? []
      : check(['early-stopping', 'metric'], raw(file['early-stopping'])['metric'], evaluated)),
    ...check(['schedule', 'plateau', 'metric'], raw(raw(file['schedule'])['plateau'])['metric'], evaluated),
    ...check(['checkpoint', 'best'], raw(file['checkpoint'])['best'], [...evaluated, 'none']),
  ];
}

function modelFaults(file: Raw, outputs: readonly Output[]): Fault[] {
  const model = raw(file['model']);
  if (model['gan'] !== undefined) {
    const message = 'a GAN makes examples: it has no targets';
    return [{ path: ['data', 'targets'], message, allowed: ['data.target of type none'], atKey: true }];
  }
  const onnx = raw(model['onnx']);
  const names = outputs.map(({ name }) => name);
  const strange = Object.keys(raw(onnx['outputs'])).filter((name) => !names.includes(name));
  return [
    ...['output', 'head']
      .filter((key) => onnx[key] !== undefined)
      .map((key) => {
        const message = `${key} is of models with one target; of several, outputs says it for each`;
        return { path: ['model', 'onnx', key], message, allowed: [`outputs, with ${names}`], atKey: true };
      }),
    ...strange.map((name) => ({
      ...{ path: ['model', 'onnx', 'outputs', name], allowed: names, atKey: true },
      ...{ message: `there is no output "${name}" in data.targets`, nearest: nearest(name, names) },
    })),
  ];
}

/** What the job does not say of classes the participants are asked for, of one column at a time. */
function classFaults(data: Raw, outputs: readonly Output[]): Fault[] {
  const isFederated = data['held-by'] === 'members';
  return outputs.flatMap(({ name, target, type }) => {
    const path = ['data', 'targets', name, 'classes'];
    const { classes } = target;
    if (Array.isArray(classes) && classes.length === 1 && type !== 'symbols')
      return [{ path, message: 'too short', allowed: ['at least 2 entries'] }];
    if (!isFederated) {
      if (classes === undefined) return [];
      const message = 'classes is of data that members hold';
      return [{ path, message, allowed: ['data.held-by: members'], atKey: true }];
    }
    if (type === 'class' && classes === undefined && target['columns'] !== undefined) {
      const message = 'missing: participants are asked for the classes of single columns only';
      return [{ path, message, allowed: ['the classes, in order'] }];
    }
    if (type === 'symbols' && classes === undefined) return [missingSymbols(path)];
    const names = Array.isArray(classes) ? classes.map((name) => className(String(name))) : [];
    const twice = names.findIndex((each, index) => names.indexOf(each) !== index);
    if (twice >= 0) {
      const message = `the class ${JSON.stringify(names[twice])} is there twice`;
      return [{ path: [...path, twice], message }];
    }
    if (type !== 'binary' || classes === undefined || names.length === 2) return [];
    const message = `a binary target has two classes, no and yes, and here are ${names.length}`;
    return [{ path, message, allowed: ['two classes'] }];
  });
}

function raw(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}
