import { DataError } from '../shared/data/data-error.ts';

/** Of each that a message names. */
const MOST_SHOWN = 8;

/** Whether a row says what is true: an empty cell does not, as nothing is trained on one either. */
export function isAnswered(answer: string | undefined): answer is string {
  return answer !== undefined && answer.trim() !== '';
}

/** True answers that a model can never give. */
export interface UnknownAnswers {
  readonly count: number;
  /** Some of them. */
  readonly shown: string;
  /** The classes that there are, or some. */
  readonly known: string;
}

/** The true answers that are none of the model's classes, as figures count them. */
export function unknownAnswers(
  classes: readonly string[],
  actual: readonly (string | readonly string[])[],
): UnknownAnswers {
  const known = new Set(classes);
  const unknown = actual.flat().filter((answer) => isAnswered(answer) && !known.has(answer));
  return { count: unknown.length, shown: listed([...new Set(unknown)]), known: listed(classes) };
}

/**
 * That the column of true answers is one at all: if nothing that is in it is a class of the model, it is another column, and "0 % right" would
 * be no figure of the model.
 *
 * @throws DataError
 */
export function checkAnswers(
  classes: readonly string[] | undefined,
  actual: readonly (string | readonly string[])[] | undefined,
  place: { readonly file: string; readonly column: string | undefined },
): void {
  const given = actual?.flat().filter(isAnswered) ?? [];
  if (!classes || given.length === 0) return;
  const { count, shown, known } = unknownAnswers(classes, given);
  if (count < given.length) return;
  throw new DataError(`It holds ${shown}, none of the classes ${known} that the model predicts.`, {
    ...place,
    hint: 'Name the column of the true answers with --target, or leave --target out.',
  });
}

function listed(answers: readonly string[]): string {
  const shown = answers.slice(0, MOST_SHOWN).map((answer) => (answer === '' ? '""' : answer.slice(0, 40)));
  return [...shown, ...(answers.length > MOST_SHOWN ? ['…'] : [])].join(', ');
}
