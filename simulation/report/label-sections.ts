import type { Partition } from '../../shared/data/partition/partition.ts';
import type { RowClasses } from '../../shared/data/partition/partitioner.ts';
import { type LabelStatistics, labelCounts } from '../../shared/data/partition/statistics.ts';
import { legend } from './chart.ts';
import { byGroup, groupClasses } from './class-groups.ts';
import { count, number, percent } from './format.ts';
import { heatMap } from './heat-map.ts';
import { histogram } from './histogram.ts';
import { html } from './markup.ts';
import type { Section } from './page.ts';
import { stackedBars } from './stacked-bars.ts';
import { COLOURS } from './style.ts';
import { table } from './table.ts';

/** Bars for so many clients at most, and a heat map beyond. */
const MOST_BARS = 100;
const MOST_COLUMNS = 150;
const MOST_ROWS = 64;

/** Which classes clients have: a bar for each of few, a heat map of many. */
export function labelSections(
  partition: Partition,
  classes: RowClasses,
  labels: LabelStatistics,
  nameOf: (client: number) => string,
): Section[] {
  const few = partition.clients.length <= MOST_BARS;
  return [
    few ? bars(partition, classes, labels, nameOf) : map(partition, classes, labels),
    {
      title: 'Distance to all rows',
      text: 'Total variation between a client’s classes and those of all rows: 0 is the same, 1 has nothing in common.',
      body: [
        histogram(labels.distances, {
          label: 'Histogram of the distances of clients',
          title: 'total variation distance',
          format: number,
          domain: [0, 1],
          marks: [
            { at: labels.meanDistance, name: `mean ${number(labels.meanDistance)}` },
            { at: labels.chanceDistance, name: `by chance ${number(labels.chanceDistance)}` },
          ],
        }),
      ],
    },
  ];
}

/** Of several targets rows were dealt by the classes of one. */
function ofTarget({ target }: RowClasses): string {
  return target === undefined ? '' : ` of ${target}`;
}

function bars(
  { clients }: Partition,
  classes: RowClasses,
  { overall }: LabelStatistics,
  nameOf: (client: number) => string,
): Section {
  const grouped = groupClasses(classes, overall, COLOURS, COLOURS);
  const drawn = clients.map((rows, client) => ({
    name: nameOf(client),
    parts: byGroup(labelCounts(rows, classes), grouped),
  }));
  const { groups } = grouped;
  return {
    title: `Rows of each client, by class${ofTarget(classes)}`,
    wide: true,
    body: [
      legend(groups.map(({ name, colour }) => [colour, name])),
      stackedBars(drawn, groups, `Rows of ${clients.length} clients by class`),
      table(
        'As a table',
        ['Client', 'Rows', ...groups.map(({ name }) => name)],
        drawn.map(({ name, parts }) => [
          name,
          count(parts.reduce((sum, part) => sum + part, 0)),
          ...Array.from(parts, count),
        ]),
      ),
    ],
  };
}

function map({ clients }: Partition, classes: RowClasses, { overall }: LabelStatistics): Section {
  const grouped = groupClasses(classes, overall, MOST_ROWS, COLOURS);
  const { groups } = grouped;
  // What is drawn needs a column's sums only; what it is sorted by, two numbers a client.
  const strongest = clients.map((rows) => {
    const shares = byGroup(labelCounts(rows, classes), grouped);
    const single = shares.subarray(0, Math.min(classes.count, MOST_ROWS - 1));
    const group = single.reduce((best, share, index) => (share > single[best]! ? index : best), 0);
    return { group, share: rows.length === 0 ? 0 : shares[group]! / rows.length };
  });
  const order = Array.from(clients.keys()).sort(
    (a, b) => strongest[a]!.group - strongest[b]!.group || strongest[b]!.share - strongest[a]!.share || a - b,
  );
  const columns = Math.min(MOST_COLUMNS, clients.length);
  const members = Array.from({ length: columns }, (_, column) =>
    order.slice(
      Math.floor((column * clients.length) / columns),
      Math.floor(((column + 1) * clients.length) / columns),
    ),
  );
  const cells = members.map((group) => {
    const holders = group.filter((client) => clients[client]!.length > 0);
    const sums = new Float64Array(groups.length);
    for (const client of holders) {
      const counts = byGroup(labelCounts(clients[client]!, classes), grouped);
      for (const [index, rows] of counts.entries()) sums[index]! += rows / clients[client]!.length;
    }
    return sums.map((sum) => sum / Math.max(1, holders.length));
  });
  const single = Math.min(classes.count, MOST_ROWS - 1);
  const strongestCell = cells.reduce(
    (most, column) => column.subarray(0, single).reduce((a, b) => Math.max(a, b), most),
    0.01,
  );
  const names = members.map((group) =>
    group.length === 1 ? `client ${group[0]}` : `${group.length} clients like ${group[0]}`,
  );
  return {
    title: `Classes${ofTarget(classes)} of the clients`,
    text: `A column is ${columns === clients.length ? 'a client' : `about ${Math.round(clients.length / columns)} clients`}, sorted by the class that they have most of; a cell is that class’s share of their rows.`,
    wide: true,
    body: [
      html`<ul class="legend"><li>0 % <i class="ramp"></i> ${percent(strongestCell)}</li></ul>`,
      heatMap({
        rows: groups.map(({ name }) => name),
        columns: names,
        cells,
        full: strongestCell,
        title: `${count(clients.length)} clients, by their most frequent class`,
        label: `Heat map of the classes of ${clients.length} clients`,
      }),
      table(
        'As a table',
        ['Class', 'Share of all rows', 'Most frequent class of', 'Share of their rows'],
        groups.map(({ name }, group) => {
          const led = strongest.filter((client) => client.group === group && client.share > 0);
          const share = led.reduce((sum, client) => sum + client.share, 0) / led.length;
          return [
            name,
            percent(byGroup(overall, grouped)[group]!),
            `${count(led.length)} clients`,
            led.length === 0 ? '–' : percent(share),
          ];
        }),
      ),
    ],
  };
}
