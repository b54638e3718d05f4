import type { Partition } from '../../shared/data/partition/partition.ts';
import type { RowClasses } from '../../shared/data/partition/partitioner.ts';
import { type PartitionStatistics, partitionStatistics } from '../../shared/data/partition/statistics.ts';
import { count, number } from './format.ts';
import { histogram } from './histogram.ts';
import { labelSections } from './label-sections.ts';
import { type Figure, page, type Section } from './page.ts';
import { table } from './table.ts';

export interface PartitionPicture {
  readonly title: string;
  /** How rows were dealt, in words: `dirichlet, alpha 0.3, seed 7`. */
  readonly how: string;
  readonly partition: Partition;
  /** Absent where the target is no class: then there is nothing to say of classes. */
  readonly classes?: RowClasses;
}

/** A picture of a partition, as one HTML file that needs nothing else. */
export function partitionPage({ title, how, partition, classes }: PartitionPicture): string {
  const statistics = partitionStatistics(partition, classes);
  const nameOf = (client: number) => partition.names?.[client] ?? String(client);
  const labels =
    classes && statistics.labels ? labelSections(partition, classes, statistics.labels, nameOf) : [];
  return page({
    title,
    subtitle: how,
    figures: figures(statistics, classes),
    sections: [...labels.slice(0, 1), sizeSection(statistics), ...labels.slice(1)],
  });
}

function figures({ labels, ...sizes }: PartitionStatistics, classes: RowClasses | undefined): Figure[] {
  const { clients, rows, smallest, median, largest, empty, gini } = sizes;
  return [
    { name: 'Clients', value: count(clients), ...(empty > 0 && { note: `${count(empty)} without a row` }) },
    { name: 'Rows', value: count(rows) },
    {
      name: 'Rows of a client',
      value: number(median),
      note: smallest === largest ? 'each' : `median; ${count(smallest)} to ${count(largest)}`,
    },
    { name: 'Gini of sizes', value: gini.toFixed(2), note: '0: all alike, 1: one has all' },
    ...(labels && classes
      ? [
          {
            name: 'Label skew',
            value: labels.meanDistance.toFixed(2),
            note: `mean distance; ${labels.chanceDistance.toFixed(2)} by chance`,
          },
          {
            name: 'Classes of a client',
            value: number(Math.round(10 * labels.meanPresent) / 10),
            note: `mean, of ${count(classes.count)}`,
          },
        ]
      : []),
  ];
}

const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];

function sizeSection({ sizes, median, labels }: PartitionStatistics): Section {
  const quantile = (values: ArrayLike<number>) => {
    const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
    return (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  };
  const columns = [
    { name: 'Rows', at: quantile(sizes) },
    ...(labels
      ? [
          { name: 'Distance', at: quantile(labels.distances) },
          { name: 'Classes', at: quantile(labels.present) },
        ]
      : []),
  ];
  return {
    title: 'Sizes of the clients',
    text: 'How many clients have how many rows.',
    body: [
      histogram(sizes, {
        label: 'Histogram of the sizes of clients',
        title: 'rows of a client',
        format: count,
        whole: true,
        marks: [{ at: median, name: `median ${number(median)}` }],
      }),
      table(
        'As a table',
        ['Clients below', ...columns.map(({ name }) => name)],
        QUANTILES.map((share) => [
          share === 0 ? 'smallest' : share === 1 ? 'largest' : `${100 * share} %`,
          ...columns.map(({ at }) => number(at(share))),
        ]),
        'Quantiles over clients, each column by itself.',
      ),
    ],
  };
}
