import type { Answer } from '../model/answers.ts';
import { byId, make } from './dom.ts';

/** Classes that are shown: of one output, and of each of several. */
const MOST_ANSWERS = 10;
const MOST_OF_SEVERAL = 3;

export function showAnswers(answers: readonly Answer[]): void {
  byId('answers').replaceChildren(...answers.flatMap((answer) => linesOf(answer, answers.length > 1)));
}

function linesOf({ output, shares, numbers = [] }: Answer, isOneOfSeveral: boolean): HTMLElement[] {
  if (!shares) {
    const values = numbers.map((value) => value.toPrecision(4)).join(', ');
    return [make('li', {}, make('span', {}, output ?? ''), make('span', {}, values))];
  }
  return [
    ...(output === undefined ? [] : [make('li', {}, make('span', { className: 'output' }, output))]),
    ...shares
      .slice(0, isOneOfSeveral ? MOST_OF_SEVERAL : MOST_ANSWERS)
      .map(({ name, share }) =>
        make(
          'li',
          {},
          make('span', {}, name),
          make('meter', { value: share, ariaLabel: name }),
          make('span', {}, `${(100 * share).toFixed(1)} %`),
        ),
      ),
  ];
}
