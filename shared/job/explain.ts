import { distance } from 'fastest-levenshtein';
import type { z } from 'zod';

/** What is known of a fault before its place in the text is. Travels as JSON in the issue's message. */
export interface Explanation {
  readonly message: string;
  /** Words or values that would be right, or one phrase that describes them. */
  readonly allowed?: readonly string[];
  readonly nearest?: string;
  /** The fault is the key itself, not its value. */
  readonly atKey?: boolean;
  /** The value is of the wrong form: one of the right form helps. */
  readonly isForm?: boolean;
}

/** Words of other frameworks, by ours. */
const SYNONYMS: Readonly<Record<string, string>> = {
  lr: 'learning-rate',
  'batch-size': 'batch',
  'global-batch': 'batch',
  'num-epochs': 'epochs',
  'data-path': 'source',
  file: 'source',
  path: 'source',
  label: 'target',
  labels: 'target',
  linear: 'dense',
  'fully-connected': 'dense',
  conv2d: 'conv',
  conv1d: 'conv',
  batchnorm2d: 'batch-norm',
  'batch-normalization': 'batch-norm',
  maxpool2d: 'max-pool',
  'max-pooling-2d': 'max-pool',
  'cross-entropy-loss': 'cross-entropy',
  bce: 'binary-cross-entropy',
  'smooth-l1': 'huber',
  'gradient-clipping': 'clip-norm',
  workers: 'members',
  uniform: 'iid',
  pathological: 'shards',
  'power-law': 'quantity',
  natural: 'column',
};

/** The word that was probably meant; undefined when none is near. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const plain = kebab(word);
  const synonym = SYNONYMS[plain];
  if (synonym && words.includes(synonym)) return synonym;
  let best: string | undefined;
  let least = Math.max(2, Math.ceil(plain.length / 3)) + 0.5;
  for (const candidate of words) {
    const away = distance(plain, candidate.toLowerCase());
    if (away < least) [best, least] = [candidate, away];
  }
  return best;
}

/** `batchSize`, `batch_size` and `Batch Size` as people of other conventions write them. */
function kebab(word: string): string {
  return word
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/[_\s]+/g, '-')
    .toLowerCase();
}

const TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys with values',
  record: 'keys with values',
};

/**
 * An error map for zod that keeps what a message needs and a finished issue has lost: the keys of the object, the values of
 * the enumeration, what the branches of a union wanted.
 */
export function explain(issue: z.core.$ZodRawIssue): string {
  return JSON.stringify(explanation(issue));
}

function explanation(issue: z.core.$ZodRawIssue): Explanation {
  switch (issue.code) {
    case 'invalid_type': {
      const format = (issue.inst?._zod.def as { format?: string } | undefined)?.format;
      const expected =
        TYPES[format === 'safeint' ? 'int' : (issue.expected as string)] ?? String(issue.expected);
      const missing = issue.input === undefined;
      return { message: missing ? 'missing' : 'wrong type', allowed: [expected], isForm: true };
    }
    case 'invalid_value': {
      const values = (issue.values as readonly unknown[]).map(String);
      const near = typeof issue.input === 'string' ? nearest(issue.input, values) : undefined;
      const message = issue.input === undefined ? 'missing' : 'unknown word';
      return { message, allowed: values, nearest: near };
    }
    case 'unrecognized_keys': {
      const shape = (issue.inst as unknown as z.ZodObject | undefined)?._zod.def.shape ?? {};
      return { message: 'unknown key', allowed: Object.keys(shape), atKey: true };
    }
    case 'too_small':
    case 'too_big':
      return { message: sizeMessage(issue), allowed: [bound(issue)] };
    case 'invalid_format':
      return {
        message: 'not in the right form',
        allowed: [`text like ${String(issue.pattern ?? issue.format)}`],
      };
    case 'not_multiple_of':
      return { message: 'not a multiple', allowed: [`a multiple of ${String(issue.divisor)}`] };
    case 'invalid_key':
      return { message: keyMessage(issue), atKey: true };
    case 'invalid_union':
      return unionExplanation(issue);
    default:
      return { message: issue.message ?? 'invalid' };
  }
}

/** What the schema says of the key itself, where it says it in words. */
function keyMessage({
  issues,
}: z.core.$ZodRawIssue & { readonly issues: readonly z.core.$ZodIssue[] }): string {
  const message = issues[0]?.message ?? '';
  return message === '' || message.startsWith('{') ? 'this key is not in the right form' : message;
}

function sizeMessage(issue: z.core.$ZodRawIssue): string {
  const small = issue.code === 'too_small';
  if (issue.origin === 'array' || issue.origin === 'string') return small ? 'too short' : 'too long';
  return small ? 'too small' : 'too large';
}

function bound(issue: z.core.$ZodRawIssue): string {
  const small = issue.code === 'too_small';
  const limit = Number(small ? issue.minimum : issue.maximum);
  const items = issue.origin === 'array' ? ' entries' : issue.origin === 'string' ? ' characters' : '';
  const including = issue.inclusive ?? true;
  if (small) return including ? `at least ${limit}${items}` : `greater than ${limit}`;
  return including ? `at most ${limit}${items}` : `less than ${limit}`;
}

/** A union's branches: the one that has the value's type speaks, else all say what they want. */
function unionExplanation(issue: z.core.$ZodRawIssue): Explanation {
  const branches = (issue.errors ?? []) as readonly (readonly z.core.$ZodIssue[])[];
  const explained = branches.map((branch) => branch.map((inner) => ({ inner, ...decode(inner.message) })));
  const meant = explained.find((branch) => !branch.some((fault) => isRootTypeFault(fault.inner)));
  if (meant?.[0]) {
    const { message, allowed, isForm = false } = meant[0];
    return { message, allowed, isForm };
  }
  const allowed = explained.flatMap((branch) =>
    branch.filter((fault) => isRootTypeFault(fault.inner)).flatMap((fault) => fault.allowed ?? []),
  );
  const word = issue.input;
  const message = word === undefined ? 'missing' : 'not allowed here';
  const near = typeof word === 'string' ? nearest(word, allowed) : undefined;
  return { message, allowed: [...new Set(allowed)], nearest: near, isForm: true };
}

function isRootTypeFault(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

/** The explanation in an issue's message; a message of someone else's stays as it is. */
export function decode(message: string): Explanation {
  if (!message.startsWith('{"message":')) return { message };
  return JSON.parse(message) as Explanation;
}
