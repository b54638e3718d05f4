import { DataError } from '../shared/data/data-error.ts';

const LONGEST = 40;
const MOST_KEYS = 6;
/** Lists and objects in each other: more than any tensor has axes, and few enough to be walked by recursion. */
const MOST_NESTED = 64;

/** Parses JSON, with the byte order mark that some editors write. @throws DataError with the line of the fault */
export function parsedJson(text: string, file: string): unknown {
  const plain = text.replace(/^\uFEFF/, '');
  if (plain.trim() === '') throw new DataError('The file is empty.', { file });
  try {
    return shallow(JSON.parse(plain), file);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    const line = lineOf(cause.message, plain);
    const hint = /\b(NaN|Infinity|None|True|False)\b/.exec(plain)?.[0];
    throw new DataError(
      `This is no JSON: ${cause.message}.`,
      { file, line, ...(hint && { hint: `JSON has no ${hint}: numbers, "texts", true, false and null.` }) },
      { cause },
    );
  }
}

/** The value itself. @throws DataError where it is nested so deeply that what walks it would run out of stack */
function shallow(value: unknown, file: string): unknown {
  let level = [value].filter(isNested);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MOST_NESTED) {
      const message = `Lists and objects are nested too deeply: more than ${MOST_NESTED} in each other.`;
      throw new DataError(message, {
        file,
        hint: 'Write each row as one list of numbers, or as one object.',
      });
    }
    level = level.flatMap((each) => Object.values(each).filter(isNested));
  }
  return value;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Where the engine says it: as a position in the text, or that the text has ended; else it shows what is around the fault. */
function lineOf(message: string, text: string): number | undefined {
  const position = /position (\d+)/.exec(message)?.[1];
  if (position === undefined && !/unexpected end/i.test(message)) return undefined;
  return text
    .trimEnd()
    .slice(0, Number(position ?? text.length))
    .split('\n').length;
}

/** A value and what it is, as messages show it: `the text "5.1"`. */
export function found(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `the list ${cut(JSON.stringify(value))}`;
  if (typeof value === 'string') return `the text ${cut(JSON.stringify(value))}`;
  if (typeof value === 'object') {
    const keys = Object.keys(value);
    const shown = keys.slice(0, MOST_KEYS).map((key) => cut(JSON.stringify(key)));
    return keys.length === 0
      ? 'an object without keys'
      : `an object with ${[...shown, ...(keys.length > MOST_KEYS ? ['…'] : [])].join(', ')}`;
  }
  return String(value);
}

/** What to do about a value where a number is wanted; undefined where the value says enough. */
export function whyNoNumber(value: unknown): string | undefined {
  if (typeof value === 'number') return 'It is too large for a number: more than 1.8e308.';
  if (typeof value === 'boolean') return 'Write 1 for true and 0 for false.';
  if (value === null) return 'The model has no form for a value that is missing: give a number.';
  if (Array.isArray(value)) return 'A feature is one number: give each its own.';
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)))
    return `Write it without quotes: ${value.trim()}.`;
  return undefined;
}

/**
 * Where in a nested list a value stands: ` at [2][0]`; nothing in a list that is flat, where the column says it.
 *
 * @param wanted its place among all values, from 0
 */
export function placeInList(list: unknown, wanted: number): string {
  let left = wanted;
  const walk = (value: unknown, path: readonly number[]): readonly number[] | undefined => {
    if (!Array.isArray(value)) return left-- === 0 ? path : undefined;
    for (const [index, item] of value.entries()) {
      const place = walk(item, [...path, index]);
      if (place) return place;
    }
    return undefined;
  };
  const path = walk(list, []) ?? [];
  return path.length > 1 ? ` at ${path.map((index) => `[${index}]`).join('')}` : '';
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
