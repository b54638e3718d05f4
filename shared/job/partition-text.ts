import { PartitionError } from '../data/partition/partition-error.ts';
import { type PartitionJob, partitioners } from '../data/partition/registry.ts';
import { decode, type Explanation, nearest } from './explain.ts';
import { partitionSchema } from './partition-schema.ts';

const LONGEST = 1000;
const OPTION = /^([\w-]+)=(.*)$/s;

/** How the short form looks, for the help of a command: every word with its main option. */
export const partitionForms: readonly string[] = Object.entries(partitioners).map(([word, { shorthand }]) =>
  shorthand ? `${word}:${shorthand.toUpperCase()}` : word,
);

/**
 * The short form of a command line: `iid`, `dirichlet:0.3`, `dirichlet:0.3,minimum=5`, `column:author`. What stands behind the
 * colon is the main option, others have their name before them; the same checks as in a job file. A column with a comma or
 * an equals sign in its name needs the job file.
 *
 * @throws PartitionError that says what is allowed, and which word was probably meant
 */
export function parsePartition(text: string): PartitionJob {
  if (text.length > LONGEST) throw new PartitionError(`A partition has at most ${LONGEST} characters.`);
  const colon = text.indexOf(':');
  const word = (colon < 0 ? text : text.slice(0, colon)).trim();
  if (word === '') throw new PartitionError(`A partition begins with a word: ${partitionForms.join(', ')}.`);
  const known = Object.hasOwn(partitioners, word) ? partitioners[word as PartitionJob['kind']] : undefined;
  const options: Record<string, unknown> = Object.create(null);
  for (const piece of colon < 0 ? [] : text.slice(colon + 1).split(',')) {
    const named = OPTION.exec(piece.trim());
    const shorthand = known && 'shorthand' in known ? known.shorthand : undefined;
    if (!named && known && !shorthand)
      throw new PartitionError(`"${word}" takes no value, but here is "${piece}".`);
    const key = named?.[1] ?? shorthand ?? 'value';
    const value = (named?.[2] ?? piece).trim();
    if (value === '') throw new PartitionError(`"${text}" has no value for "${key}".`);
    if (Object.hasOwn(options, key)) throw new PartitionError(`"${text}" has two values for "${key}".`);
    options[key] = scalar(value);
  }
  const parsed = partitionSchema.safeParse({ [word]: options });
  if (parsed.success) return parsed.data;
  throw new PartitionError(parsed.error.issues.map((issue) => sentence(issue, text)).join(' '));
}

/** Numbers as YAML would read them; everything else is text. */
function scalar(text: string): string | number {
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : text;
}

function sentence(
  issue: {
    readonly message: string;
    readonly path: readonly PropertyKey[];
    readonly code?: string;
    readonly keys?: readonly string[];
  },
  text: string,
): string {
  const { message, allowed, nearest: near }: Explanation = decode(issue.message);
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys?.[0] : undefined;
  const meant = near ?? (unknown === undefined ? undefined : nearest(unknown, allowed ?? []));
  const option = issue.path[1];
  const place = option === undefined ? '' : `, ${String(option)}`;
  return [
    `Partition "${text}"${place}: ${message}${unknown === undefined ? '' : ` "${unknown}"`}.`,
    ...(meant === undefined ? [] : [`Did you mean "${meant}"?`]),
    ...(allowed?.length ? [`Allowed: ${allowed.join(', ')}.`] : []),
  ].join(' ');
}
