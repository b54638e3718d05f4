import { labelErrorRate } from './label-error-rate.ts';
import type { Answers } from './predict-answers.ts';
import { unknownAnswers } from './predict-truth.ts';
import { metric } from './ui/numbers.ts';

/**
 * How often the model is right; for numbers, how far it is off; for labels, how much of them is misread. A line, or nothing where
 * the true answers are not known.
 *
 * @param before what the line begins with: the output, of several
 * @param areFolders the true answers are folders of images, not cells of a table
 */
export function agreement(answers: Answers, before: string, areFolders: boolean): string {
  const { predictions, actual, classes, isLabel } = answers;
  if (!actual) return '';
  if (predictions.every(({ value }) => typeof value !== 'string')) return distance(answers, actual, before);
  const total = predictions.length;
  const right = predictions.filter(({ value }, row) => value === actual[row]).length;
  const source = areFolders ? 'images as their folders say' : 'rows as the table says';
  const pairs = predictions.map(({ value }, row) => ({ read: String(value), label: String(actual[row]) }));
  const rate = isLabel ? labelErrorRate(pairs) : undefined;
  const misread = rate === undefined ? '' : `, label error rate ${metric('label-error-rate', rate)}`;
  const unknown = classes ? unknownAnswers(classes, actual) : undefined;
  const strange =
    unknown && unknown.count > 0
      ? `; ${unknown.count} of them, counted as wrong, ${areFolders ? 'lie in' : 'say'} ${unknown.shown}, none of the classes ${unknown.known}`
      : '';
  return `${before}${right} of ${total} ${source}: accuracy ${metric('accuracy', right / total)}${misread}${strange}\n`;
}

function distance({ predictions }: Answers, actual: NonNullable<Answers['actual']>, before: string): string {
  const total = predictions.length;
  const distances = predictions.flatMap(({ value }, row) => {
    const [guesses, truths] = [[value].flat(), [actual[row] ?? []].flat()];
    return guesses.map((guess, at) => Math.abs(Number(guess) - numberIn(truths[at])));
  });
  const unknown = distances.filter((distance) => Number.isNaN(distance)).length;
  if (unknown > 0)
    return `${before}not compared: ${unknown} of the ${distances.length} answers in the table are no numbers\n`;
  const error = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
  const of = distances.length === total ? '' : ` of ${distances.length / total} numbers each`;
  return `${before}mean absolute error ${metric('mae', error)} over ${total} rows${of}\n`;
}

/** An empty field is no 0. */
function numberIn(text: string | undefined): number {
  return text === undefined || text.trim() === '' ? Number.NaN : Number(text);
}
