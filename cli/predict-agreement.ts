import { labelErrorRate } from './label-error-rate.ts';
import type { Answers } from './predict-answers.ts';
import { isAnswered, unknownAnswers } from './predict-truth.ts';
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
  const known = predictions.flatMap(({ value }, row) => {
    const answer = [actual[row]].flat()[0];
    return isAnswered(answer) ? [{ read: String(value), label: answer }] : [];
  });
  const total = known.length;
  const open = unanswered(predictions.length - total);
  if (total === 0) return `${before}not compared: ${open}\n`;
  const right = known.filter(({ read, label }) => read === label).length;
  const source = areFolders ? 'images as their folders say' : 'rows as the table says';
  const rate = isLabel ? labelErrorRate(known) : undefined;
  const misread = rate === undefined ? '' : `, label error rate ${metric('label-error-rate', rate)}`;
  const unknown = classes ? unknownAnswers(classes, actual) : undefined;
  const strange =
    unknown && unknown.count > 0
      ? `; ${unknown.count} of them, counted as wrong, ${areFolders ? 'lie in' : 'say'} ${unknown.shown}, none of the classes ${unknown.known}`
      : '';
  const left = open && `; left out: ${open}`;
  return `${before}${right} of ${total} ${source}: accuracy ${metric('accuracy', right / total)}${misread}${strange}${left}\n`;
}

/** How many rows say nothing of what is true; nothing where all do. */
function unanswered(rows: number): string {
  if (rows === 0) return '';
  return rows === 1 ? '1 row has no answer' : `${rows} rows have no answer`;
}

/** Each number is compared with its own answer, where there is one. */
function distance({ predictions }: Answers, actual: NonNullable<Answers['actual']>, before: string): string {
  const distances = predictions.flatMap(({ value }, row) => {
    const [guesses, truths] = [[value].flat(), [actual[row] ?? []].flat()];
    const own = guesses.flatMap((guess, at) => {
      const truth = truths[at];
      return isAnswered(truth) ? [Math.abs(Number(guess) - Number(truth))] : [];
    });
    return own.length > 0 ? [own] : [];
  });
  const total = distances.length;
  const open = unanswered(predictions.length - total);
  if (total === 0) return `${before}not compared: ${open}\n`;
  const each = distances.flat();
  const unknown = each.filter((distance) => Number.isNaN(distance)).length;
  if (unknown > 0)
    return `${before}not compared: ${unknown} of the ${each.length} answers in the table are no numbers\n`;
  const error = each.reduce((sum, distance) => sum + distance, 0) / each.length;
  const numbers = new Set(distances.map(({ length }) => length));
  const of =
    each.length === total
      ? ''
      : numbers.size > 1
        ? `, ${each.length} numbers`
        : ` of ${each.length / total} numbers each`;
  const left = open && `; left out: ${open}`;
  return `${before}mean absolute error ${metric('mae', error)} over ${total} rows${of}${left}\n`;
}
