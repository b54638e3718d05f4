import { isShare } from '../../shared/nn/metrics/metric-text.ts';
import { legend } from './chart.ts';
import { classSection } from './class-sections.ts';
import { bytes, count, duration, metric as metricText, number, percent } from './format.ts';
import { histogram } from './histogram.ts';
import { lines } from './lines.ts';
import { axisText, mainOf, metricSections } from './metric-sections.ts';
import { metricTitle } from './metric-title.ts';
import { type Figure, page, type Section } from './page.ts';
import { participation } from './participation.ts';
import { type RoundPoint, type RunPicture, worstDecile } from './run-picture.ts';
import { table } from './table.ts';

/** Rounds in the table; of more, every so many are shown. */
const MOST_ROWS = 300;

/** A picture of a simulated run, as one HTML file that needs nothing else. */
export function runPage({ title, how, rounds, totals, perClient, classes = [] }: RunPicture): string {
  const metrics = [...new Set(rounds.flatMap((round) => Object.keys(round.metrics)))];
  const main = mainOf(metrics);
  return page({
    title,
    subtitle: how,
    figures: figures({ rounds, totals, perClient }, main),
    sections:
      rounds.length === 0
        ? [{ title: 'No rounds', text: 'The run ended before its first round.', wide: true, body: [] }]
        : [
            ...metricSections(rounds, metrics),
            participationSection(rounds),
            bytesSection(rounds),
            ...(perClient ? [clientSection(perClient)] : []),
            ...classes.map((own, at) => classSection(own, perClient !== undefined && at === 0)),
            tableSection(rounds, metrics, totals.dropouts),
          ],
  });
}

function figures(
  { rounds, totals, perClient }: Pick<RunPicture, 'rounds' | 'totals' | 'perClient'>,
  metric: string | undefined,
): Figure[] {
  const sum = (of: (round: RoundPoint) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const [took, lost] = [sum(({ participants }) => participants), sum(({ dropped }) => dropped)];
  const { sent, received } = totals.bytes;
  const final = metric === undefined ? undefined : rounds.filter((round) => metric in round.metrics).at(-1);
  return [
    { name: 'Rounds', value: count(rounds.length) },
    ...(metric !== undefined && final
      ? [
          {
            name: metricTitle(metric),
            value: metricText(metric, final.metrics[metric]!),
            note: `after round ${count(final.round)}`,
          },
        ]
      : []),
    ...(perClient
      ? [
          {
            name: 'Worst tenth',
            value: metricText(perClient.metric, worstDecile(perClient.values, perClient.higherIsBetter)),
            note: `of clients: mean ${perClient.metric}`,
          },
        ]
      : []),
    {
      name: 'Virtual time',
      value: duration(totals.virtualMs),
      note: `${duration(totals.wallMs)} on this machine`,
    },
    { name: 'Bytes sent', value: bytes(sent), note: 'to clients' },
    { name: 'Bytes received', value: bytes(received), note: 'from clients' },
    {
      name: 'Clients a round',
      value: number(rounds.length === 0 ? 0 : took / rounds.length),
      note: `${percent(took + lost === 0 ? 0 : lost / (took + lost))} of the work lost`,
    },
  ];
}

function participationSection(rounds: readonly RoundPoint[]): Section {
  return {
    title: 'Participation',
    body: [
      legend([
        ['accent', 'took part'],
        ['second', 'lost'],
      ]),
      participation(rounds),
    ],
  };
}

function bytesSection(rounds: readonly RoundPoint[]): Section {
  const summed = (of: (round: RoundPoint) => number): (readonly [number, number])[] => {
    let total = 0;
    return rounds.map((round) => {
      total += of(round);
      return [round.round, total];
    });
  };
  return {
    title: 'Bytes, summed up over rounds',
    body: [
      legend([
        ['accent', 'sent to clients'],
        ['second', 'received from clients'],
      ]),
      lines(
        [
          { colour: 'accent', points: summed((round) => round.bytes.sent) },
          { colour: 'second', points: summed((round) => round.bytes.received) },
        ],
        {
          label: 'Bytes sent to clients and received from clients, summed up over rounds',
          title: 'round',
          wholeX: true,
          formatX: number,
          formatY: bytes,
          fromZero: true,
        },
      ),
    ],
  };
}

function clientSection({ metric, higherIsBetter, values }: NonNullable<RunPicture['perClient']>): Section {
  const finite = Float64Array.from(values).filter(Number.isFinite);
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
  const worst = worstDecile(values, higherIsBetter);
  return {
    title: `${metricTitle(metric)} of the clients in the end`,
    text: `How far participants differ: the worst tenth has ${metricText(metric, worst)} on average, all have ${metricText(metric, mean)}.`,
    body: [
      histogram(values, {
        label: `Histogram of ${metric} over clients`,
        title: metric,
        format: axisText(metric),
        ...(isShare(metric) && { domain: [0, 1] as const }),
        marks:
          finite.length === 0
            ? []
            : [
                { at: mean, name: `mean ${metricText(metric, mean)}` },
                { at: worst, name: `worst tenth ${metricText(metric, worst)}` },
              ],
      }),
    ],
  };
}

function tableSection(rounds: readonly RoundPoint[], metrics: readonly string[], dropouts: number): Section {
  const each = Math.ceil(rounds.length / MOST_ROWS);
  const shown = rounds.filter((_, index) => index % each === 0 || index === rounds.length - 1);
  return {
    title: 'Rounds',
    wide: true,
    text: `${each === 1 ? 'Every round.' : `One round in ${each}, and the last.`} ${lostText(rounds, dropouts)}`,
    body: [
      table(
        'As a table',
        [
          'Round',
          'Virtual time',
          'On this machine',
          ...metrics.map(metricTitle),
          'Took part',
          'Lost',
          'Sent',
          'Received',
        ],
        shown.map((round) => [
          count(round.round),
          duration(round.virtualMs),
          duration(round.wallMs),
          ...metrics.map((metric) => metricText(metric, round.metrics[metric] ?? Number.NaN)),
          count(round.participants),
          count(round.dropped),
          bytes(round.bytes.sent),
          bytes(round.bytes.received),
        ]),
      ),
    ],
  };
}

/** Work is lost after the last round too: the total is more than the sum of the rounds'. */
function lostText(rounds: readonly RoundPoint[], dropouts: number): string {
  const late = dropouts - rounds.reduce((sum, { dropped }) => sum + dropped, 0);
  const after = late > 0 ? `, ${count(late)} of them after the last round` : '';
  return `Lost is work that was given up since the round before: ${count(dropouts)} in all${after}.`;
}
