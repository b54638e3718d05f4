import type { Path } from './locate.ts';

interface Place {
  readonly path: Path;
  readonly word?: string | number;
}

/**
 * The path of a job's value as its file writes it, which may differ in three ways: a layer's word is a key that the path leaves out
 * (`model.layers[2].dense`), the option that a bare value stands for has no key, and a key beside the word (`model.lora`) is one of
 * its options once it is read (`model.onnx.lora`). What is under a key that is not in the file is left out.
 *
 * @param value the file, as YAML reads it
 * @param place.word where it is said, below the path, is where the path ends
 */
export function asWritten(value: unknown, { path, word }: Place): Path {
  const found: PropertyKey[] = [];
  let at = value;
  let around: unknown;
  for (const [depth, part] of path.entries()) {
    if (has(at, part)) {
      found.push(part);
      around = at;
      at = at[part];
      continue;
    }
    const only = onlyKey(at);
    const previous = path[depth - 1];
    if (only !== undefined && typeof previous === 'number' && has((at as Keyed)[only], part)) {
      found.push(only, part);
      around = (at as Keyed)[only];
      at = (around as Keyed)[part];
    } else if (only !== undefined && typeof previous === 'number' && Array.isArray((at as Keyed)[only])) {
      found.push(only);
      around = at;
      at = (at as Keyed)[only];
    } else if (has(around, part) && found.length > 0) {
      found[found.length - 1] = part;
      at = around[part];
    } else if (!Array.isArray(at)) {
      // A key that is not there, but belongs there, is still named.
      const isMissing = typeof at === 'object' && at !== null && typeof part === 'string';
      if (isMissing && word === undefined) return [...found, part];
      break;
    }
  }
  const only = onlyKey(at);
  const isEntry = typeof found.at(-1) === 'number' && only !== undefined;
  const end = isEntry ? [...found, only] : found;
  return (word === undefined ? undefined : pathOf(at, word, found)) ?? end;
}

type Keyed = Readonly<Record<PropertyKey, unknown>>;

function has(value: unknown, key: PropertyKey): value is Keyed {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

/** The word of `{ dense: 10 }`. */
function onlyKey(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const keys = Object.keys(value);
  return keys.length === 1 ? keys[0] : undefined;
}

function pathOf(value: unknown, word: string | number, path: Path): Path | undefined {
  if (typeof value !== 'object' || value === null) return String(value) === String(word) ? path : undefined;
  for (const [key, member] of Object.entries(value)) {
    const found = pathOf(member, word, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found) return found;
  }
  return undefined;
}
