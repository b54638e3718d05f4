import { z } from 'zod';
import { explain, nearest } from './explain.ts';

/** One of several things, chosen by its word in the job file. */
export interface Alternative {
  /** Its options, with their defaults; unknown keys are refused. */
  readonly schema: z.ZodObject;
  /** The option that a bare value stands for: `max-pool: 2` is `max-pool: { kernel: 2 }`. */
  readonly shorthand?: string;
  /** Keys that may stand beside the word; they join its options. */
  readonly beside?: z.ZodObject;
  readonly description: string;
  readonly example?: string;
}

export interface Choice {
  /** Name of its definition in the JSON Schema. */
  readonly id: string;
  readonly description: string;
  readonly alternatives: Readonly<Record<string, Alternative>>;
  /** What to write in place of a word that is none of them but is known elsewhere. */
  readonly instead?: (word: string) => string | undefined;
}

const NOTHING = z.strictObject({});

/** What a choice's schema was made from, for the JSON Schema and the reference. */
export const choices = new WeakMap<z.core.$ZodType, Choice>();

/**
 * `word`, or `{ word: options }`, or `{ word: value }` where a shorthand is declared. A union of objects would say of a typo
 * only that no branch fits; this looks the word up first, so that faults are those of the branch that was meant.
 *
 * @param make turns the word and its checked options into the value of the job
 */
export function choice<T>(
  definition: Choice,
  make: (word: string, options: Readonly<Record<string, unknown>>) => T,
): z.ZodType<T> {
  const { alternatives } = definition;
  const words = Object.keys(alternatives);
  const besideOf = (keys: readonly string[]) =>
    keys
      .map((key) => (Object.hasOwn(alternatives, key) ? alternatives[key]?.beside : undefined))
      .find(Boolean);
  const unknownWord = (word: string): string => {
    const instead = definition.instead?.(word);
    return `unknown ${definition.id} "${word}"${instead ? `: write ${instead}` : ''}`;
  };
  /** What stands beside the word, and not in its options; and options of a word that has none. */
  const misplaced = (name: string, given: unknown, issue: z.core.$ZodIssue): z.core.$ZodIssue[] => {
    const { schema: own, beside = NOTHING } = alternatives[name]!;
    const custom = (text: string, path: PropertyKey[], atKey: boolean): z.core.$ZodIssue => ({
      ...{ code: 'custom', input: given, path },
      message: JSON.stringify({ message: text, atKey }),
    });
    if (issue.path.length > 0) return [issue];
    if (issue.code === 'invalid_type' && Object.keys(own.shape).length === 0) {
      return [custom(`"${name}" has no options: write ${name} alone`, [], false)];
    }
    if (issue.code !== 'unrecognized_keys') return [issue];
    const isBeside = (key: string): boolean => Object.hasOwn(beside.shape, key);
    const keys = issue.keys.filter((key) => !isBeside(key));
    return [
      ...issue.keys
        .filter(isBeside)
        .map((key) => custom(`"${key}" stands beside "${name}", not in it`, [key], true)),
      ...(keys.length > 0 ? [{ ...issue, keys }] : []),
    ];
  };
  const schema = z.unknown().transform((value, context): T => {
    const fault = (message: string, path: (string | number)[], word?: string): T => {
      const details = {
        message,
        allowed: words,
        nearest: word && nearest(word, words),
        atKey: path.length > 0,
        isForm: path.length === 0 && word === undefined,
      };
      context.issues.push({ code: 'custom', input: value, path, message: JSON.stringify(details) });
      return z.NEVER;
    };
    if (value === undefined) return fault('missing', []);
    if (typeof value === 'string') {
      if (!Object.hasOwn(alternatives, value)) return fault(unknownWord(value), [], value);
      return branch(value, {});
    }
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      return fault(`a ${definition.id} is a word, or one word with its options`, []);
    }
    const beside = besideOf(Object.keys(value));
    const isBeside = (key: string) => beside !== undefined && Object.hasOwn(beside.shape, key);
    const entries = Object.entries(value).filter(([key]) => !isBeside(key));
    const [word, options] = entries[0] ?? [];
    if (word === undefined) return fault(`a ${definition.id} needs a word`, []);
    const unknown = entries.filter(([key]) => !Object.hasOwn(alternatives, key));
    for (const [key] of unknown) {
      const partner = words.find((name) => Object.hasOwn(alternatives[name]?.beside?.shape ?? {}, key));
      if (partner === undefined) fault(unknownWord(key), [key], key);
      else fault(`"${key}" stands beside "${partner}" only`, [key]);
    }
    if (unknown.length > 0) return z.NEVER;
    if (entries.length > 1) {
      return fault(`one ${definition.id} is wanted, here are ${entries.length}`, [entries[1]![0]]);
    }
    return branch(
      word,
      options ?? {},
      Object.fromEntries(Object.entries(value).filter(([key]) => isBeside(key))),
    );

    function branch(name: string, given: unknown, others: Readonly<Record<string, unknown>> = {}): T {
      const { schema: optionsSchema, shorthand } = alternatives[name]!;
      const isMap = typeof given === 'object' && given !== null && !Array.isArray(given);
      const short = !isMap && shorthand !== undefined;
      const parsed = optionsSchema.safeParse(short ? { [shorthand]: given } : given, { error: explain });
      const extra = (alternatives[name]!.beside ?? NOTHING).safeParse(others, { error: explain });
      if (parsed.success && extra.success) return make(name, { ...parsed.data, ...extra.data });
      for (const issue of extra.error?.issues ?? []) {
        context.issues.push({ ...issue, input: others } as z.core.$ZodRawIssue);
      }
      for (const issue of (parsed.error?.issues ?? []).flatMap((issue) => misplaced(name, given, issue))) {
        const [, ...inner] = issue.path;
        const path = short && issue.path[0] === shorthand ? [name, ...inner] : [name, ...issue.path];
        context.issues.push({ ...issue, input: given, path } as z.core.$ZodRawIssue);
      }
      return z.NEVER;
    }
  }) as unknown as z.ZodType<T>;
  choices.set(schema, definition);
  return schema;
}
