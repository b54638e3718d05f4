import { describe, expect, test } from 'vitest';
import { partition } from '../../../shared/data/partition/partition.ts';
import { parsePartition } from '../../../shared/job/partition-text.ts';
import { metricTitle } from '../../../simulation/report/metric-title.ts';
import { partitionPage } from '../../../simulation/report/partition-page.ts';
import { runPage } from '../../../simulation/report/run-page.ts';
import { type RoundPoint, type RunPicture, worstDecile } from '../../../simulation/report/run-picture.ts';

const EVIL = `</title><script>alert("1")</script>&'`;

function picture(how: string, clients: number, rows: number, names?: readonly string[]): string {
  const classes = {
    count: names?.length ?? 10,
    of: (row: number) => row % (names?.length ?? 10),
    ...(names && { names }),
  };
  const data = { rows, classes, column: () => (row: number) => `${EVIL}${row % clients}` };
  const dealt = partition(data, parsePartition(how), { clients, seed: 1 });
  return partitionPage({ title: `digits ${EVIL}`, how: `${how} ${EVIL}`, partition: dealt, classes });
}

function metricsAfter(index: number): RoundPoint['metrics'] {
  return index % 2 === 0 ? {} : { [EVIL]: index / 700, loss: Number.NaN };
}

const rounds: RoundPoint[] = Array.from({ length: 700 }, (_, index) => ({
  round: index + 1,
  virtualMs: 60_000 * (index + 1),
  wallMs: 100 * (index + 1),
  metrics: metricsAfter(index),
  bytes: { sent: 1000, received: 500 },
  participants: 9,
  dropped: 1,
}));

/** An evaluation came after the last round. */
const totals: RunPicture['totals'] = {
  dropouts: 0,
  virtualMs: 12 * 3_600_000,
  wallMs: 120_000,
  bytes: { sent: 1_230_000_000, received: 45_600_000 },
};

/** Every tag that opens is closed, in order; no tag, address or script that would load or run something. */
function expectWhole(page: string): void {
  expect(page).not.toMatch(/<(script|link|img|iframe|a|object)\b|https?:|url\(|@import|\son\w+=/i);
  expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  const open: string[] = [];
  for (const [, closing, name, , empty] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:\s[^<>]*?)?)(\/?)>/g)) {
    if (empty || name === 'meta') continue;
    if (closing) expect(open.pop()).toBe(name);
    else open.push(name!);
  }
  expect(open).toEqual([]);
}

describe('the picture of a partition', () => {
  test.each([
    ['column:author', 10, 500],
    ['shards:2', 100, 3000],
    ['dirichlet:0.3', 101, 3000],
    ['quantity:1.5', 10_000, 60_000],
    ['iid', 1, 1],
  ])('%s for %d clients is one whole file', (how, clients, rows) => {
    const page = picture(how, clients, rows);
    expectWhole(page);
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;');
    expect(page.length).toBeLessThan(1_500_000);
  });

  test('few clients have bars, many a heat map, and both a table', () => {
    const [few, many] = [picture('iid', 100, 3000), picture('iid', 101, 3000)];
    expect(few).toContain('Rows of 100 clients by class');
    expect(many).toContain('Heat map of the classes of 101 clients');
    for (const page of [few, many]) expect(page).toContain('<table>');
  });

  test('the table has the counts', () => {
    const classes = { count: 2, of: (row: number) => row % 2, names: ['cat', 'dog'] };
    const clients = [[0, 2, 4, 1], [3]].map((rows) => Uint32Array.from(rows));
    const page = partitionPage({
      title: 't',
      how: 'h',
      partition: { clients, names: ['Aarhus', 'Bern'] },
      classes,
    });
    expect(page).toContain('<th scope="row">Aarhus</th><td>4</td><td>3</td><td>1</td>');
    expect(page).toContain('<th scope="row">Bern</th><td>1</td><td>0</td><td>1</td>');
  });

  test('more classes than colours or rows share the last one', () => {
    const names = Array.from({ length: 80 }, (_, index) => `class ${index}`);
    expect(picture('iid', 10, 5000, names)).toContain('69 others');
    const many = picture('dirichlet:0.1', 200, 5000, names);
    expect(many).toContain('17 others');
    expectWhole(many);
  });

  test('of several targets the one is named whose classes rows are dealt by', () => {
    const classes = { count: 2, of: (row: number) => row % 2, target: 'kind' };
    const clients = [Uint32Array.of(0, 1, 2, 3)];
    const page = partitionPage({ title: 't', how: 'h', partition: { clients }, classes });
    expect(page).toContain('<h2>Rows of each client, by class of kind</h2>');
  });

  test('without classes only sizes are shown', () => {
    const dealt = partition({ rows: 100 }, parsePartition('quantity:1'), { clients: 5, seed: 1 });
    const page = partitionPage({ title: 't', how: 'h', partition: dealt });
    expectWhole(page);
    expect(page).toContain('Sizes of the clients');
    expect(page).not.toContain('Label skew');
  });

  test('clients without rows are counted', () => {
    const classes = { count: 2, of: () => 0 };
    const clients = [Uint32Array.of(0, 1), new Uint32Array(0)];
    const page = partitionPage({ title: 't', how: 'h', partition: { clients }, classes });
    expectWhole(page);
    expect(page).toContain('1 without a row');
  });
});

describe('the picture of a run', () => {
  test('is one whole file, with a table of a bounded number of rounds', () => {
    const perClient = { metric: EVIL, higherIsBetter: true, values: [0.1, 0.9, Number.NaN] };
    const page = runPage({ title: EVIL, how: EVIL, rounds, totals, perClient });
    expectWhole(page);
    expect(page).toContain('One round in 3, and the last.');
    expect(page.match(/<tr>/g)!.length).toBeLessThan(310);
    expect(page).toContain('10 % of the work lost');
  });

  test('says what report and store say, not what its rounds add up to', () => {
    const page = runPage({
      title: 't',
      how: 'h',
      rounds,
      totals: { ...totals, dropouts: rounds.length + 2 },
    });
    expect(page).toContain(`${rounds.length + 2} in all, 2 of them after the last round.`);
    const figure = (name: string): string | undefined =>
      page.match(`<dt>${name}</dt><dd>(.*?)</dd>`)?.[1]?.replace('<small>', ' ').replace('</small>', '');
    expect(figure('Bytes sent')).toBe('1.23 GB to clients');
    expect(figure('Bytes received')).toBe('45.6 MB from clients');
    expect(figure('Virtual time')).toBe('12 h 2 min on this machine');
  });

  test('draws what people look for first, over rounds and time; counts stand in the table only', () => {
    const metrics = { loss: 1, accuracy: 0.5, 'cluster-1-accuracy': 0.6, participants: 9, 'best-cluster': 1 };
    const page = runPage({ title: 't', how: 'h', rounds: [{ ...rounds[0]!, metrics }], totals });
    expectWhole(page);
    expect([...page.matchAll(/<h2>([^<]* over [^<]*)<\/h2>/g)].map(([, title]) => title)).toEqual([
      'Accuracy over rounds',
      'Accuracy over virtual time',
      'Loss over rounds',
      'Loss over virtual time',
      'Cluster 1 accuracy over rounds',
      'Bytes, summed up over rounds',
    ]);
    expect(page).toContain('<th scope="col">Participants</th><th scope="col">Best cluster</th>');
    expect(page).toContain('<dt>Accuracy</dt><dd>50.00 %<small>after round 1</small>');
  });

  test('draws a metric of the coordinator and of the participants in one chart, shares as per cent', () => {
    const metrics = {
      ...{ accuracy: 0.9, loss: 0.5, 'participants-accuracy': 0.8, 'participants-loss': 0.7 },
      ...{ 'worst-decile-accuracy': 0.4, 'deviation-accuracy': 0.2, participants: 9 },
    };
    const both = [1, 2].map((round) => ({
      ...{ ...rounds[0]!, round, virtualMs: 1000 * round },
      metrics: { ...metrics, accuracy: round * 0.4 },
    }));
    const perClient = { metric: 'accuracy', higherIsBetter: true, values: [0.25, 0.75] };
    const page = runPage({ title: 't', how: 'h', rounds: both, totals, perClient });
    expectWhole(page);
    const charts = page.split('<section').filter((part) => / over (rounds|virtual time)<\/h2>/.test(part));
    const accuracy = charts.find((chart) => chart.includes('<h2>Accuracy over rounds</h2>'))!;
    expect(accuracy.match(/<path class="line (\w+)"/g)).toHaveLength(3);
    for (const name of ['rows of the coordinator', 'rows of participants', 'the worst tenth of participants'])
      expect(accuracy).toContain(`</i>${name}</li>`);
    expect(accuracy).toContain('>80 %</text>');
    const loss = charts.find((chart) => chart.includes('<h2>Loss over rounds</h2>'))!;
    expect(loss.match(/<path class="line (\w+)"/g)).toHaveLength(2);
    expect(loss).not.toContain('%');
    expect(page).not.toMatch(/participants.accuracy over/i);
    expect(page).toContain('<td>80.00 %</td>');
    expect(page).toContain('mean 50.00 %');
    expect(page).toContain('<dt>Worst tenth</dt><dd>25.00 %');
  });

  test('draws the classes of each output against its answers, and lists the worst of many', () => {
    const names = ['cat', EVIL];
    const few = {
      output: 'kind',
      classes: names.map((name) => ({ name, rows: 4, found: 3, takenFor: { name: 'cat', rows: 1 } })),
      confusion: [
        [3, 1],
        [1, 3],
      ],
    };
    const many = {
      output: 'digit',
      classes: Array.from({ length: 50 }, (_, index) => ({ name: `class ${index}`, rows: 60, found: index })),
    };
    const page = runPage({ title: 't', how: 'h', rounds, totals, classes: [few, many] });
    expectWhole(page);
    expect(page).toContain('<h2>Classes and answers of kind</h2>');
    expect(page).toMatch(/text-anchor="middle">cat<\/text>/);
    expect(page).toContain('<title>answer cat: 75 % cat</title>');
    expect(page).toContain('<th scope="row">cat</th><td>3</td><td>1</td>');
    expect(page).toContain('<h2>Worst classes of digit</h2>');
    expect(page).toContain('<th scope="row">class 6</th><td>60</td><td>10.00 %</td>');
    expect(page).not.toContain('class 30<');
    expect(runPage({ title: 't', how: 'h', rounds, totals })).not.toContain('Classes and answers');
  });

  test('a few classes stand beside what the clients have come to, and no place beside them is empty', () => {
    const confusion = [[1]];
    const own = { output: undefined, classes: [{ name: 'cat', rows: 1, found: 1 }], confusion };
    const perClient = { metric: 'accuracy', higherIsBetter: true, values: [0.5] };
    const sectionOf = (given: Partial<RunPicture>): string | undefined =>
      runPage({ title: 't', how: 'h', rounds, totals, classes: [own], ...given }).match(
        /<section([^>]*)><h2>Classes and answers/,
      )?.[1];
    expect(sectionOf({ perClient })).toBe('');
    expect(sectionOf({})).toBe(' class="wide"');
  });

  test.each([
    ['roc-auc', 'ROC AUC'],
    ['r2', 'R²'],
    ['digit.label-error-rate', 'Label error rate of digit'],
    ['lowest-share-right', 'Lowest share right'],
  ])('a title names %s as people do', (metric, title) => {
    expect(metricTitle(metric)).toBe(title);
  });

  test('of several outputs the first thing that is no loss is looked for first', () => {
    const metrics = { loss: 1, 'digit.loss': 0.7, 'digit.accuracy': 0.5 };
    const page = runPage({ title: 't', how: 'h', rounds: [{ ...rounds[0]!, metrics }], totals });
    expect(page).toContain('<dt>Accuracy of digit</dt><dd>50.00 %<small>after round 1</small>');
  });

  test.each([
    [90_000, 'seconds'],
    [5_400_000, 'minutes'],
    [50_000_000, 'hours'],
  ])('shows a run of %i ms over %s', (virtualMs, unit) => {
    const first = { ...rounds[0]!, metrics: { loss: 1 } };
    const page = runPage({
      title: 't',
      how: 'h',
      rounds: [first, { ...first, round: 2, virtualMs }],
      totals,
    });
    expect(page).toContain(`>${unit}<`);
    for (const other of ['seconds', 'minutes', 'hours', 'days']) {
      if (other !== unit) expect(page).not.toContain(`>${other}<`);
    }
  });

  test('of no rounds says so', () => {
    const page = runPage({ title: 't', how: 'h', rounds: [], totals });
    expectWhole(page);
    expect(page).toContain('The run ended before its first round.');
  });

  test('the worst tenth is the mean of the lowest, or of the highest of a loss', () => {
    const values = [...Array.from({ length: 20 }, (_, index) => index), Number.NaN];
    expect(worstDecile(values, true)).toBe(0.5);
    expect(worstDecile(values, false)).toBe(18.5);
    expect(worstDecile([3], true)).toBe(3);
  });
});
