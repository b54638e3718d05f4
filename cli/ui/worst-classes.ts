import { type OutputResults, worstClasses } from '../../shared/nn/metrics/class-results.ts';
import { count, metric } from './numbers.ts';
import { cut, type Paint, pad, plainPaint, widthOf } from './paint.ts';

/** Classes that are shown of each output. */
const WORST = 3;
const LONGEST_NAME = 24;

/** The worst classes of each output that has classes, one a line, under a heading; empty where nothing is known of classes. */
export function worstLines(
  outputs: readonly OutputResults[],
  width: number,
  paint: Paint = plainPaint,
): string[] {
  return outputs.flatMap(({ output, classes }) => {
    const found = worstClasses(classes, WORST);
    if (found.length === 0) {
      return [`${output === undefined ? 'No' : `${output}: no`} held-out row was taken for another class.`];
    }
    const nameWidth = Math.min(LONGEST_NAME, Math.max(...found.map(({ name }) => widthOf(name))));
    return [
      paint.bold(output === undefined ? 'Worst classes' : `Worst classes of ${output}`),
      ...found.map(({ name, rows, found: right, takenFor }) => {
        const taken = takenFor ? `, ${count(takenFor.rows)} taken for ${takenFor.name}` : '';
        const text = `recall ${metric('recall', right / rows)} of ${count(rows)} rows${taken}`;
        return `  ${pad(cut(name, nameWidth), nameWidth)}  ${cut(text, width - nameWidth - 4)}`;
      }),
    ];
  });
}
