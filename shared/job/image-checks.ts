import { imageForm } from '../data/images/resize.ts';
import type { Fault } from './cross-checks.ts';

type Raw = Readonly<Record<string, unknown>>;

const FOLDER = 'the class of an image is the name of its folder';
const PIXELS = 'the features of an image are its pixels';

/** Keys that say nothing of images, by where they stand, and why. */
const STRANGERS: readonly (readonly [readonly string[], readonly string[], string, readonly string[]])[] = [
  [
    ['data'],
    ['tokenizer', 'context', 'objective', 'stride'],
    'is of texts, here are images',
    ['target', 'features'],
  ],
  [['data'], ['targets'], `is of tables; ${FOLDER}`, ['target']],
  [['data', 'format'], ['header', 'delimiter'], 'is of tables, here are images', ['type']],
  [
    ['data', 'target'],
    ['column', 'columns', 'shape', 'length', 'normalize'],
    `is of tables; ${FOLDER}`,
    ['type', 'classes'],
  ],
  [
    ['data', 'features'],
    ['columns', 'categories', 'lengths', 'text', 'tokenizer', 'length'],
    `is of tables; ${PIXELS}`,
    ['shape', 'normalize'],
  ],
];

/** Whether the data of a job file, as it was written, are images. */
export function isImageFile(data: Raw): boolean {
  return raw(data['format'])['type'] === 'images';
}

/** What goes with images in folders (`data.format: { type: images }`). */
export function imageFaults(file: Raw): Fault[] {
  const faults = STRANGERS.flatMap(([path, keys, why, allowed]) => {
    const at = path.reduce<Raw>((inner, key) => raw(inner[key]), { data: file });
    return keys
      .filter((key) => at[key] !== undefined)
      .map((key): Fault => ({ path: [...path, key], message: `${key} ${why}`, allowed, atKey: true }));
  });
  const [target, features] = [raw(file['target']), raw(file['features'])];
  const unknown = { number: 'number', symbols: 'label of symbols' }[String(target['type'])];
  if (unknown !== undefined) {
    const message = `no ${unknown} is known of an image; ${FOLDER}`;
    faults.push({ path: ['data', 'target', 'type'], message, allowed: ['class', 'binary', 'none'] });
  }
  faults.push(...shapeFaults(features));
  const classes = target['classes'];
  if (Array.isArray(classes) && target['type'] === 'binary' && classes.length !== 2) {
    const message = `a binary target has two classes, here are ${classes.length}`;
    faults.push({ path: ['data', 'target', 'classes'], message, allowed: ['two classes', 'type: class'] });
  }
  if (file['held-by'] === 'members') faults.push(...heldByMembers(target, features));
  return faults;
}

function shapeFaults({ shape }: Raw): Fault[] {
  const path = ['data', 'features', 'shape'];
  const allowed = ['[1, height, width] in grey', '[3, height, width] in colour'];
  if (shape === undefined) return [{ path, message: 'missing: the size that every image gets', allowed }];
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size))) return [];
  return imageForm(shape as number[], 255)
    ? []
    : [{ path, message: 'it is not the shape of an image', allowed }];
}

/** Nobody counts over the images of all members what they have in common. */
function heldByMembers(target: Raw, features: Raw): Fault[] {
  const faults: Fault[] = [];
  if (target['type'] !== 'none' && target['classes'] === undefined) {
    const message = 'missing: of images that members hold the job says the classes';
    faults.push({ path: ['data', 'target', 'classes'], message, allowed: ['names of the class folders'] });
  }
  if (features['normalize'] === 'standardize' || raw(features['normalize'])['standardize'] !== undefined) {
    const message = 'nobody knows the mean of images that members hold';
    faults.push({ path: ['data', 'features', 'normalize'], message, allowed: ['{ divide: 255 }', 'none'] });
  }
  return faults;
}

function raw(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}
