import type { Dim } from '../model.ts';
import type { Inspection, NamedType, Parameter, Refusal } from './inspection.ts';
import { LIMIT_WORDS, type LimitName } from './limits.ts';
import { ALLOWED_OPERATORS } from './operators.ts';
import { plain, spelled, spelledBytes, spelledCount } from './plain.ts';

/** A heading and its lines. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Longer lists are cut: the JSON form has all of them. */
const MOST_LINES = 24;

const KINDS: Readonly<Record<string, string>> = {
  float32: 'numbers',
  float64: 'numbers (double precision)',
  int32: 'whole numbers',
  int64: 'whole numbers',
  bool: 'yes or no',
  string: 'texts',
};

/** An inspection in plain words, for whoever has to decide; equal bytes and limits give equal words. */
export function describeInspection(result: Inspection | Refusal): readonly Section[] {
  return result.verdict === 'accepted' ? accepted(result) : refused(result);
}

/** The same as one text. */
export function inspectionText(result: Inspection | Refusal): string {
  return describeInspection(result)
    .map(({ title, lines }) => [title, ...lines.map((line) => `  ${line}`)].join('\n'))
    .join('\n\n');
}

function accepted(found: Inspection): Section[] {
  return [
    { title: 'The file', lines: file(found) },
    {
      title: 'What it is',
      lines: found.layers.length > 0 ? cut(found.layers) : ['no layer that has a name'],
    },
    { title: 'What goes in', lines: cut(found.inputs.map(named)) },
    { title: 'What comes out', lines: cut(found.outputs.map(named)) },
    { title: 'What training it would send away', lines: sent(found) },
    { title: 'What it cannot do', lines: cannot(found) },
    { title: 'What it takes', lines: takes(found) },
    { title: 'What was checked', lines: checked(found) },
    {
      title: 'Verdict',
      lines: [
        'accepted: it may be trained here. Its SHA-256 above is what to compare; nothing of it was run.',
      ],
    },
  ];
}

function refused(found: Refusal): Section[] {
  const { limit, reason } = found;
  const raise =
    limit === undefined
      ? []
      : [
          `Whoever trusts the sender can raise the limit '${limit.name}' (${LIMIT_WORDS[limit.name]}) from ` +
            `${spelled(limit.value)} to ${spelled(limit.found)}.`,
        ];
  return [
    { title: 'The file', lines: file(found) },
    { title: 'Verdict', lines: ['refused: nothing of it was run, nothing is sent.'] },
    { title: 'Why', lines: [...reason.split('\n'), ...raise] },
  ];
}

function file({ sha256, bytes, ...rest }: Inspection | Refusal): string[] {
  const producer = 'producer' in rest && rest.producer !== '' ? `, written by ${plain(rest.producer)}` : '';
  return [
    `SHA-256 ${sha256 ?? 'not computed: there are more bytes than are read'}`,
    `${spelledBytes(bytes)}${producer}`,
  ];
}

function named({ name, type, dims }: NamedType): string {
  const kind = KINDS[type] ?? type;
  return `${plain(name)}: ${kind}, ${shape(dims)}`;
}

function shape(dims: readonly Dim[]): string {
  if (dims.length === 0) return 'a single one';
  return `[${dims.map((dim) => (typeof dim === 'number' ? String(dim) : plain(dim))).join(', ')}]`;
}

function sent(found: Inspection): string[] {
  const { trainable, statistics, parameters, update } = found;
  if (parameters.length === 0) return ['nothing: the file stores no weights that train'];
  const running = statistics > 0 ? ` and ${spelled(statistics)} running means and variances` : '';
  return [
    `In each update ${spelled(trainable)} numbers${running}: ${spelledBytes(update)} before it is made smaller for the way.`,
    'They are differences of these tensors, or gradients by them:',
    ...cut(parameters.map((parameter) => `  ${parameterLine(parameter)}`)),
    'Beside it sums over many rows: loss, counts of examples, sums that metrics are made of.',
    'Never a row, a column or a file of the data. An update is computed from rows, and can tell about them: how much,',
    'docs/security.md says.',
  ];
}

function parameterLine({ name, dims, kind }: Parameter): string {
  return `${plain(name)} ${shape(dims)}${kind === 'statistic' ? ', measured' : ''}`;
}

function cannot({ operators }: Inspection): string[] {
  const names = Object.entries(operators).map(([op, times]) => (times > 1 ? `${op} (${times})` : op));
  return [
    'No network, no files, no clock, no code of its own: a graph of these operators and nothing else.',
    ...wrapped(names),
  ];
}

function takes({ batch, memory, operations, sizes }: Inspection): string[] {
  const others = Object.entries(sizes).map(([name, size]) => `${plain(name)} = ${spelled(size)}`);
  return [
    `Memory for a batch of ${spelled(batch)}: at most about ${spelledBytes(memory.total)}`,
    `  stored tensors ${spelledBytes(memory.stored)}, gradients ${spelledBytes(memory.gradients)}, optimizer ` +
      `${spelledBytes(memory.optimizer)} (Adam), values kept ${spelledBytes(memory.activations)}, working ${spelledBytes(memory.working)}`,
    `Operations for one example: ${spelledCount(operations.forward)} forward, ${spelledCount(operations.training)} for a step of training`,
    ...(others.length > 0 ? [`Sizes that it leaves open were taken as ${others.join(', ')}`] : []),
  ];
}

function checked({ checked: values, elsewhere = 0 }: Inspection): string[] {
  const measured = Object.entries(values).map(
    ([name, { found, allowed }]) =>
      `${name}: ${spelled(Math.ceil(found))} of ${spelled(allowed)} ${LIMIT_WORDS[name as LimitName]}`,
  );
  const others =
    elsewhere === 0 ? 'No data in other files' : `${spelled(elsewhere)} tensors in files beside it`;
  return [
    `Each operator is one of the ${ALLOWED_OPERATORS.size} that are allowed; none is of another domain`,
    `${others}, no instructions for training, every tensor as large as it says`,
    ...measured,
  ];
}

function cut(lines: readonly string[]): string[] {
  if (lines.length <= MOST_LINES) return [...lines];
  return [...lines.slice(0, MOST_LINES - 1), `… and ${lines.length - MOST_LINES + 1} more`];
}

const WIDTH = 96;

function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 2 <= WIDTH)
      lines[lines.length - 1] = `${last}, ${word}`;
    else lines.push(word);
  }
  return lines;
}
