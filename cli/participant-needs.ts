import { surveyed } from '../shared/data/survey.ts';
import { type ColumnJob, columnTargets, targetColumns } from '../shared/job/data-job.ts';
import type { Job } from '../shared/job/job.ts';
import { JobError } from '../shared/job/job-error.ts';
import { parseJob } from '../shared/job/parse.ts';
import { PROGRAM } from '../shared/text/command.ts';
import { dataWord } from './join-command.ts';

const MOST_NAMES = 16;

/** A job file's job; undefined when there is something wrong with it. */
export function jobOf(text: string): Job | undefined {
  try {
    return parseJob(text, 'job.yaml');
  } catch (error) {
    if (error instanceof JobError) return undefined;
    throw error;
  }
}

/** What those need to have who take part in a job whose rows members hold; nothing for other jobs. */
export function participantNeeds({ data, members }: Job): string[] {
  if (data.heldBy === undefined) return [];
  const open = surveyed(data);
  const asked = [
    ...(open.moments ? ['means and deviations of the columns'] : []),
    ...(open.classes ? ['the classes'] : []),
    ...(open.words ? ['the words of each category'] : []),
  ];
  return [
    `participants need ${formOf(data)}`,
    ...columnsNeeded(data).map((line) => `  ${line}`),
    ...(asked.length > 0
      ? [
          `asked of ${members.minimum === 1 ? 'the first' : `the first ${members.minimum}`} of them before there is a model: ${asked.join(', ')}`,
        ]
      : []),
    `they join with: ${PROGRAM} participate … --data ${dataWord(data.format.type)} (the coordinator prints the command)`,
  ];
}

function formOf({ format }: Job['data']): string {
  if (format.type === 'csv') return `a table${tableForm(format)} with`;
  if (format.type === 'images') return 'a folder of PNG or JPEG images, in it a folder for each class';
  return 'a text in UTF-8';
}

function tableForm({ header, delimiter }: { readonly header: boolean; readonly delimiter: string }): string {
  const by = delimiter === ',' ? '' : `, separated by ${JSON.stringify(delimiter)}`;
  return `${by}${header ? '' : ', without a header'}`;
}

function columnsNeeded({ features, format, target, tokens }: Job['data']): string[] {
  // The class of an image is no column.
  if (format.type === 'images')
    return 'classes' in target && target.classes ? [`classes: ${names(target.classes)}`] : [];
  const text = tokens?.column;
  return [
    ...(text === undefined ? [] : [`text: ${text}`]),
    ...(features.columns ? [`features: ${names(features.columns)}`] : []),
    ...(features.categories?.length ? [`of these, words: ${names(features.categories)}`] : []),
    ...(features.lengths ? [`of these, the length of a row: ${features.lengths.column}`] : []),
    ...columnTargets(target).map(({ name, target: own }) => {
      const many = own.type === 'symbols' ? `up to ${own.length}` : 'one';
      const classes = 'classes' in own && own.classes ? `, ${many} of ${names(own.classes)}` : '';
      const what = name === undefined ? 'target' : `target of ${name}`;
      return `${what}: ${names(targetColumns(own))} (${own.type}${classes})`;
    }),
  ];
}

function names(columns: readonly ColumnJob[]): string {
  if (columns.length <= MOST_NAMES) return columns.join(', ');
  return `${columns.slice(0, 3).join(', ')}, … ${columns.at(-1)} (${columns.length} in all)`;
}
