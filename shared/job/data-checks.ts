import { symbolName } from '../data/class-name.ts';
import type { Fault } from './cross-checks.ts';
import { imageFaults, isImageFile } from './image-checks.ts';

type Raw = Readonly<Record<string, unknown>>;

const ONLY_TEXT = ['tokenizer', 'context', 'objective', 'stride'];
const ONLY_TABLE = ['format', 'target', 'targets', 'features'];
const ONLY_TOKENS = ['tokenizer', 'length'];
const ONLY_NUMBERS = ['columns', 'categories', 'lengths', 'shape', 'normalize'];

/** Which keys of `data` go together: a table or a text, a text column or columns of numbers, one target or several. */
export function dataFaults(data: Raw): Fault[] {
  const { source, text } = data;
  const { classes, type } = raw(data['target']);
  if (Array.isArray(classes) && classes.length === 1 && type !== 'symbols') {
    return [{ path: ['data', 'target', 'classes'], message: 'too short', allowed: ['at least 2 entries'] }];
  }
  if (source !== undefined && text !== undefined) {
    const message = 'source and text cannot both be set: data is a table or one long text';
    return [{ path: ['data', 'text'], message, allowed: ['one of source, text'], atKey: true }];
  }
  if (text === undefined && isImageFile(data) && (source !== undefined || data['held-by'] === 'members'))
    return imageFaults(data);
  if (source === undefined && text === undefined && data['held-by'] === 'members') {
    return data['target'] === undefined && data['targets'] === undefined && data['context'] !== undefined
      ? textFaults(data)
      : tableFaults(data);
  }
  if (source === undefined && text === undefined) {
    const keys = ['source', 'text'];
    return [{ path: ['data'], message: 'it does not say where the data is', allowed: keys, missing: keys }];
  }
  return text === undefined ? tableFaults(data) : textFaults(data);
}

function textFaults(data: Raw): Fault[] {
  const { context, stride } = data;
  const faults = strangers(
    data,
    ['data'],
    ONLY_TABLE,
    'is of tables (data.source), here is a text',
    ONLY_TEXT,
  );
  if (context === undefined) faults.push({ path: ['data', 'context'], message: 'missing' });
  if (typeof context === 'number' && typeof stride === 'number' && stride > context) {
    const message = `a stride of ${stride} leaves tokens between windows of ${context} out`;
    faults.push({ path: ['data', 'stride'], message, allowed: [`at most ${context}`] });
  }
  return faults;
}

function tableFaults(data: Raw): Fault[] {
  const [features, target] = [raw(data['features']), data['target']];
  const faults = strangers(data, ['data'], ONLY_TEXT, 'is of texts (data.text), here is a table', ONLY_TABLE);
  const path = ['data', 'features'];
  if (features['text'] === undefined) {
    const why = 'is of a column of text (data.features.text)';
    faults.push(...strangers(features, path, ONLY_TOKENS, why, ONLY_NUMBERS));
  } else {
    const why = 'is of columns of numbers; the features are the tokens of data.features.text';
    faults.push(...strangers(features, path, ONLY_NUMBERS, why, ONLY_TOKENS));
    if (features['length'] === undefined) faults.push({ path: [...path, 'length'], message: 'missing' });
  }
  if (data['targets'] !== undefined) return faults;
  if (target === undefined) faults.push({ path: ['data', 'target'], message: 'missing' });
  else if (isRaw(target)) {
    faults.push(...targetFaults(target, features, ['data', 'target']));
    if (target['type'] === 'symbols' && target['classes'] === undefined && data['held-by'] === 'members') {
      faults.push(missingSymbols(['data', 'target', 'classes']));
    }
  }
  return faults;
}

/** Of labels that members hold: nobody asks for characters before there is a model. */
export function missingSymbols(path: Fault['path']): Fault {
  const message = 'missing: of labels that members hold the job says the symbols';
  return { path, message, allowed: ['a list of characters'] };
}

/** Which keys of a target go together. */
export function targetFaults(target: Raw, features: Raw, path: readonly string[]): Fault[] {
  const { type = 'class', column, columns } = target;
  const given = ['column', 'columns', 'shape', 'normalize'].filter((key) => target[key] !== undefined);
  if (type === 'none') {
    const text =
      features['text'] === undefined
        ? []
        : [
            {
              path: [...path, 'type'],
              message: 'tokens cannot be their own target',
              allowed: ['class', 'number', 'binary'],
            },
          ];
    return [
      ...text,
      ...strangers(target, path, given, 'is set, but the target is none: the features', ['type']),
    ];
  }
  if (column === undefined && columns === undefined) {
    return [{ path: [...path, 'column'], message: 'missing' }];
  }
  if (column !== undefined && columns !== undefined) {
    const message = 'column and columns cannot both be set';
    return [{ path: [...path, 'columns'], message, allowed: ['one of column, columns'], atKey: true }];
  }
  if (columns !== undefined && type !== 'number' && type !== 'class') {
    const message = `several target columns are numbers or classes, not of type ${String(type)}`;
    const allowed = ['type: number', 'type: class', 'column'];
    return [{ path: [...path, 'columns'], message, allowed, atKey: true }];
  }
  if (target['normalize'] !== undefined && target['normalize'] !== 'none' && type !== 'number') {
    const message = `normalize is of numbers, and the target is of type ${String(type)}`;
    return [{ path: [...path, 'normalize'], message, allowed: ['type: number'], atKey: true }];
  }
  const isLabel = type === 'symbols';
  if (isLabel && target['length'] === undefined) {
    return [{ path: [...path, 'length'], message: 'missing: the most symbols that a label has' }];
  }
  if (!isLabel && target['length'] !== undefined) {
    const message = `length is of labels of several symbols, and the target is of type ${String(type)}`;
    return [{ path: [...path, 'length'], message, allowed: ['type: symbols'], atKey: true }];
  }
  const classes = Array.isArray(target['classes']) ? target['classes'] : [];
  const long = classes.findIndex((name) => [...symbolName(String(name))].length !== 1);
  if (isLabel && long >= 0) {
    const message = `a symbol is one character, not ${JSON.stringify(classes[long])}`;
    return [{ path: [...path, 'classes', long], message }];
  }
  if (column !== undefined && target['shape'] !== undefined) {
    const message = 'shape is of several target columns, here is one';
    return [{ path: [...path, 'shape'], message, allowed: ['columns'], atKey: true }];
  }
  return [];
}

function strangers(
  at: Raw,
  path: readonly string[],
  keys: readonly string[],
  why: string,
  allowed: readonly string[],
): Fault[] {
  return keys
    .filter((key) => at[key] !== undefined)
    .map((key) => ({ path: [...path, key], message: `${key} ${why}`, allowed, atKey: true }));
}

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function raw(value: unknown): Raw {
  return isRaw(value) ? value : {};
}
