import type { DataJob } from '../../shared/job/data-job.ts';
import type { OwnRows } from '../../shared/protocol/messages.ts';
import type { Offer } from './asked.ts';

/** What is asked, in words for the person who decides. */
export interface AskedWords {
  readonly title: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly leaves: readonly string[];
  readonly stays: readonly string[];
}

/** Most names in a list; the others are counted. */
const MOST_NAMES = 12;

/** @param rows of the participant's own, once they were read */
export function askedWords(asked: Offer, rows?: OwnRows): AskedWords {
  const { welcome } = asked;
  const job = asked.kind === 'train' ? asked.recipe.data : asked.request.data;
  const facts = [
    { name: 'Run', value: `${welcome.runName} (${welcome.run})` },
    { name: 'Asked', value: purposeOf(asked) },
    ...(asked.kind === 'train' ? modelFacts(asked) : []),
    ...columnFacts(job),
    ...(rows ? [{ name: 'Your rows', value: rowsWords(rows) }] : []),
  ];
  return asked.kind === 'train'
    ? { title: 'Train a model on your rows', facts, leaves: trainLeaves(asked), stays: STAYS }
    : { title: 'Sum your rows up', facts, leaves: SURVEY_LEAVES, stays: STAYS };
}

const STAYS = [
  'your rows, files and images',
  'names, columns and values of single rows',
  'anything else on this device: the coordinator sends data to compute with, and no program',
];

const SURVEY_LEAVES = [
  'sums over all of your rows: how many there are, totals and squares of each column, how often each class and frequent word is there',
];

function trainLeaves({ recipe }: Extract<Offer, { kind: 'train' }>): string[] {
  return [
    'after each round: how the weights of the model changed, one number for each weight',
    `sums over all of your rows: the loss, ${recipe.metrics?.length ? 'the metrics, ' : ''}how many there were`,
    'what this device computes with, and for how long',
  ];
}

function purposeOf(asked: Offer): string {
  if (asked.kind === 'survey')
    return 'to sum up your rows, once, so that a model can be made for everybody’s';
  const { plan } = asked.recipe;
  const rounds = plan?.rounds && `${count(plan.rounds, 'round')} of training`;
  const epochs = plan?.epochs && `${count(plan.epochs, 'epoch')} of training`;
  return `${rounds || epochs || 'training'}${plan ? `, by ${plan.strategy}` : ''}`;
}

function modelFacts({ inspection }: Extract<Offer, { kind: 'train' }>): AskedWords['facts'] {
  return [
    { name: 'Model', value: listed(inspection.layers) || 'of plain operators' },
    { name: 'Checked', value: 'only known operators, no code, nothing read from elsewhere' },
    { name: 'SHA-256', value: inspection.sha256 },
  ];
}

function columnFacts({ features, target }: DataJob): AskedWords['facts'] {
  const columns = 'columns' in target ? target.columns : 'column' in target ? [target.column] : [];
  const image = features.shape && features.shape.length > 1 && `, as images of ${features.shape.join('×')}`;
  const names = features.columns ? listed(features.columns.map(String)) : 'all but the target';
  return [
    { name: 'Columns', value: `${names}${image || ''}` },
    ...(columns.length > 0 ? [{ name: 'To be predicted', value: listed(columns.map(String)) }] : []),
  ];
}

export function rowsWords({ examples, heldOut }: OwnRows): string {
  const held = heldOut > 0 ? `, and ${heldOut.toLocaleString('en')} to evaluate with` : '';
  return `${examples.toLocaleString('en')} to train on${held}`;
}

function listed(names: readonly string[]): string {
  if (names.length <= MOST_NAMES) return names.join(', ');
  return `${names.slice(0, MOST_NAMES - 1).join(', ')} and ${(names.length - MOST_NAMES + 1).toLocaleString('en')} more`;
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
}
