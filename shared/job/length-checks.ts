import type { Fault } from './cross-checks.ts';
import { paddingsOf } from './padding-checks.ts';

type Raw = Readonly<Record<string, unknown>>;

const PATH = ['data', 'features', 'lengths'];

/** What goes with rows that say how long they are (`data.features.lengths`). */
export function lengthFaults(file: Raw): Fault[] {
  const data = raw(file['data']);
  const features = raw(data['features']);
  const { lengths, text, shape } = features;
  // Of texts and images the other checks speak.
  if (lengths === undefined || text !== undefined || raw(data['format'])['type'] === 'images') return [];
  const { column, axis = 0 } = typeof lengths === 'object' ? raw(lengths) : { column: lengths };
  const columnPath = typeof lengths === 'object' ? [...PATH, 'column'] : PATH;
  const targets = targetsOf(data);
  const faults: Fault[] = [];
  if (!targets.some((target) => target['type'] === 'symbols')) {
    const message =
      'lengths says where labels of symbols end to be read, and there is no target of type symbols';
    faults.push({ path: PATH, message, allowed: ['a target of type symbols', 'no lengths'], atKey: true });
  }
  if (targets.some((target) => [target['column'], ...listed(target['columns'])].includes(column))) {
    const message = `the column ${JSON.stringify(column)} is a target`;
    faults.push({ path: columnPath, message, allowed: ['another column'] });
  }
  if (typeof column === 'string' && raw(data['format'])['header'] === false) {
    const message = 'a column has no name, as data.format.header is false';
    faults.push({ path: columnPath, message, allowed: ['its number from 0'] });
  }
  if (features['categories'] !== undefined) {
    const message = 'categories and lengths cannot both be set';
    faults.push({ path: PATH, message, allowed: ['one of categories, lengths'], atKey: true });
  }
  const axes = Array.isArray(shape) ? shape.length : 1;
  if (typeof axis === 'number' && axis >= axes) {
    const message = `the features have ${axes === 1 ? 'one axis' : `${axes} axes`}, and ${axis} is none of them, from 0`;
    faults.push({ path: [...PATH, 'axis'], message, allowed: ['data.features.shape', `0 to ${axes - 1}`] });
  }
  return [...faults, ...modelFaults(raw(file['model']))];
}

function modelFaults(model: Raw): Fault[] {
  const faults = paddingsOf(model).map(({ path }): Fault => {
    const message = 'blank-padding looks for the end of a row, which data.features.lengths says already';
    return { path, message, allowed: ['one of the two'] };
  });
  if (model['onnx'] === undefined) return faults;
  const message = 'a model file takes no lengths of rows: pad them by a number that no feature has';
  return [...faults, { path: PATH, message, allowed: ['blank-padding, at the end of a head'], atKey: true }];
}

function targetsOf(data: Raw): Raw[] {
  return data['targets'] === undefined ? [raw(data['target'])] : Object.values(raw(data['targets'])).map(raw);
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function raw(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}
