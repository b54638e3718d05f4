import { type OutputResults, worstClasses } from '../../shared/nn/metrics/class-results.ts';
import type { Confusion } from '../../shared/nn/metrics/confusion.ts';
import { count, metric } from './format.ts';
import { heatMap } from './heat-map.ts';
import { html } from './markup.ts';
import type { Section } from './page.ts';
import { table } from './table.ts';

/** Classes that are drawn against each other; of more, so many of the worst are listed. */
export const MOST_DRAWN = 30;

/** And so many in one column. */
const MOST_BESIDE = 12;

/** How the classes of one output fared in the last evaluation. */
export interface ClassPicture extends OutputResults {
  /** [class][answer]; of few classes. */
  readonly confusion?: Confusion;
}

/** @param beside there is a section that it may stand beside, if it is small */
export function classSection(picture: ClassPicture, beside: boolean): Section {
  const { output, classes, confusion } = picture;
  const of = output === undefined ? '' : ` of ${output}`;
  const figures = (confusion ? classes : worstClasses(classes, MOST_DRAWN)).map(
    ({ name, rows, found, takenFor }) => [
      name,
      count(rows),
      metric('recall', found / rows),
      takenFor ? `${takenFor.name} (${count(takenFor.rows)})` : '–',
    ],
  );
  const listed = table('As a table', ['Class', 'Rows', 'Recall', 'Mostly taken for (rows)'], figures);
  if (!confusion) {
    return {
      title: `Worst classes${of}`,
      text: `The last evaluation: those of ${count(classes.length)} classes that were recognised least.`,
      wide: true,
      body: [listed],
    };
  }
  const names = classes.map(({ name }) => name);
  const half = beside && names.length <= MOST_BESIDE;
  return {
    title: `Classes and answers${of}`,
    text: 'The last evaluation: a row is a class, a column an answer, in the same order; a cell is the share of the class’s rows that had the answer.',
    wide: !half,
    body: [
      html`<ul class="legend"><li>0 % <i class="ramp"></i> 100 %</li></ul>`,
      heatMap({
        rows: names,
        columns: names.map((name) => `answer ${name}`),
        cells: names.map((_, answer) =>
          confusion.map((row, index) => (row[answer] ?? 0) / Math.max(1, classes[index]!.rows)),
        ),
        full: 1,
        title: 'answer',
        under: names,
        half,
        label: `Classes against answers${of}`,
      }),
      listed,
      table(
        'Rows of each class by answer',
        ['Class', ...names],
        names.map((name, index) => [name, ...confusion[index]!.map(count)]),
      ),
    ],
  };
}
