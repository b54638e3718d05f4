import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partition } from '../../../../../shared/data/partition/partition.ts';
import { partitioners } from '../../../../../shared/data/partition/registry.ts';
import { labelCounts, partitionStatistics } from '../../../../../shared/data/partition/statistics.ts';
import { job, table } from './fixtures.ts';

const FORMS = [
  'iid',
  'dirichlet:0.01',
  'dirichlet:0.5,minimum=3',
  'dirichlet:0.05,sizes=varied',
  'dirichlet:5,sizes=varied,minimum=2',
  'shards:1',
  'shards:2',
  'quantity:1.5',
  'quantity:alpha=0.05,minimum=2',
  'column:author',
  'temporal',
  'temporal:date',
  'feature',
  'feature:age,overlap=0.2',
];
const dealt = (text: string, rows: number, clients: number | undefined, seed = 1, classes = 10) =>
  partition(table(rows, classes), job(text), { clients, seed });

test('every partitioner of the table has a form here', () => {
  const words = new Set(FORMS.map((text) => text.split(':')[0]));
  expect([...words].sort()).toEqual(Object.keys(partitioners).sort());
});

describe.each(FORMS)('%s', (text) => {
  const minimum = Number(/minimum=(\d+)/.exec(text)?.[1] ?? 1);

  test('every row belongs to one client, none has too few, rows ascend, the seed decides', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 400 }),
        fc.integer({ min: 1, max: 13 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 2 ** 40 }),
        (rows, clients, classes, seed) => {
          const { clients: parts } = dealt(text, rows, clients, seed, classes);
          expect(parts.length).toBe(clients);
          const all = parts.flatMap((own) => [...own]).sort((a, b) => a - b);
          expect(all).toEqual(Array.from({ length: rows }, (_, row) => row));
          for (const own of parts) {
            expect(own.length).toBeGreaterThanOrEqual(minimum);
            expect(own.every((row, at) => at === 0 || own[at - 1]! < row)).toBe(true);
          }
          expect(dealt(text, rows, clients, seed, classes).clients).toEqual(parts);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('10,000 clients share one array', () => {
    const data = table(60_000);
    const many = text.startsWith('column') ? { ...data, column: () => (row: number) => row % 20_000 } : data;
    const { clients } = partition(many, job(text), { clients: 10_000, seed: 3 });
    expect(clients.length).toBe(10_000);
    expect(new Set(clients.map((own) => own.buffer)).size).toBe(1);
    expect(partitionStatistics({ clients }).smallest).toBeGreaterThanOrEqual(minimum);
  });
});

describe('skew', () => {
  const distance = (text: string, clients = 50, seed = 5) => {
    const data = table(5000);
    return partitionStatistics(partition(data, job(text), { clients, seed }), data.classes).labels!;
  };

  test.each(['equal', 'varied'])('of dirichlet with %s sizes falls as alpha grows, to that of chance', (sizes) => {
    const [hard, middle, soft, none] = [0.05, 0.5, 5, 1e5].map(
      (alpha) => distance(`dirichlet:${alpha},sizes=${sizes}`).meanDistance,
    ) as [number, number, number, number];
    expect(hard).toBeGreaterThan(middle + 0.05);
    expect(middle).toBeGreaterThan(soft + 0.05);
    expect(soft).toBeGreaterThan(none);
    expect(hard).toBeGreaterThan(0.6);
    expect(none).toBeLessThan(0.15);
  });

  test('of dirichlet with varied sizes is not lost where a class has fewer rows than there are clients', () => {
    const data = table(10_000, 50);
    const dealtRows = partition(data, job('dirichlet:0.5,sizes=varied'), { clients: 500, seed: 1 });
    const { meanDistance, chanceDistance } = partitionStatistics(dealtRows, data.classes).labels!;
    expect(meanDistance).toBeGreaterThan(chanceDistance + 0.05);
  });

  test('of iid is what chance gives', () => {
    const { meanDistance, chanceDistance } = distance('iid');
    expect(Math.abs(meanDistance - chanceDistance)).toBeLessThan(0.1 * chanceDistance);
  });

  test('shards leave a client about two classes each', () => {
    const { present, meanDistance } = distance('shards:2');
    expect(Math.max(...present)).toBeLessThanOrEqual(4);
    expect(meanDistance).toBeGreaterThan(0.7);
    // 100 shards of 50 rows fit 10 classes of 500 rows without a rest.
    expect(Math.max(...distance('shards:2', 50).present)).toBe(2);
  });

  test('quantity: classes by chance, sizes by the law', () => {
    const data = table(10_000);
    const dealtRows = partition(data, job('quantity:1,minimum=0'), { clients: 4, seed: 1 });
    const sizes = dealtRows.clients.map((own) => own.length).sort((a, b) => b - a);
    // 1 + 1/2 + 1/3 + 1/4 = 25/12.
    expect(sizes).toEqual([4800, 2400, 1600, 1200]);
    const gini = (text: string) =>
      partitionStatistics(partition(data, job(text), { clients: 100, seed: 1 })).gini;
    expect(gini('quantity:0')).toBe(0);
    expect(gini('quantity:2')).toBeGreaterThan(gini('quantity:1'));
    expect(gini('quantity:alpha=0.1')).toBeGreaterThan(gini('quantity:alpha=10') + 0.3);
  });

  test('dirichlet with equal sizes keeps them equal, whatever alpha', () => {
    const sizes = dealt('dirichlet:0.01', 1003, 10).clients.map((own) => own.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });
});

describe('column', () => {
  test('is one client for each value when nobody says how many', () => {
    const data = table(200);
    const { clients, names } = partition(data, job('column:author'), { clients: undefined, seed: 0 });
    expect(names).toContain('author-12');
    expect(clients.length).toBe(13);
    for (const [client, own] of clients.entries()) {
      for (const row of own) expect(data.column!('author')!(row)).toBe(names![client]);
    }
  });

  test('keeps a value whole on one of fewer clients', () => {
    const data = table(200);
    const { clients } = partition(data, job('column:author'), { clients: 4, seed: 0 });
    const homes = clients.map((own) => new Set([...own].map(data.column!('author')!)));
    expect(homes.reduce((sum, { size }) => sum + size, 0)).toBe(13);
    expect(homes.map(({ size }) => size).sort()).toEqual([3, 3, 3, 4]);
  });
});

describe('temporal and feature', () => {
  test('stretches do not overlap in time', () => {
    const data = table(300);
    const date = data.column!('date')!;
    const { clients } = partition(data, job('temporal:date'), { clients: 7, seed: 0 });
    const ends = clients.map((own) => [...own].map(date).map(String).sort());
    for (let at = 1; at < ends.length; at++) expect(ends[at - 1]!.at(-1)! <= ends[at]![0]!).toBe(true);
  });

  test('by order follows the source where rows were shuffled', () => {
    const data = { ...table(10), position: (row: number) => 9 - row };
    const { clients } = partition(data, job('temporal'), { clients: 2, seed: 0 });
    expect(clients.map((own) => [...own])).toEqual([
      [5, 6, 7, 8, 9],
      [0, 1, 2, 3, 4],
    ]);
  });

  test('ranges of a feature are sharp without overlap and gone with much', () => {
    const data = table(2000);
    const age = data.column!('age')! as (row: number) => number;
    const spread = (text: string) =>
      partition(data, job(text), { clients: 4, seed: 0 }).clients.map((own) => {
        const ages = [...own].map(age);
        return ages.reduce((sum, value) => sum + value, 0) / ages.length;
      });
    const sharp = spread('feature:age');
    expect(sharp[3]! - sharp[0]!).toBeGreaterThan(70);
    const soft = spread('feature:age,overlap=100');
    expect(Math.abs(soft[3]! - soft[0]!)).toBeLessThan(15);
  });
});

test('errors say what to do', () => {
  const data = table(20);
  const fail = (text: string, clients: number | undefined, from = data) =>
    expect(() => partition(from, job(text), { clients, seed: 0 }));
  fail('iid', undefined).toThrow('"iid" must be told how many clients there are.');
  fail('iid', 21).toThrow('20 rows are too few for 21 clients');
  fail('shards:5', 10).toThrow('10 clients with 5 shards need 50 rows at least');
  fail('dirichlet:minimum=3', 10).toThrow('ask for fewer clients, or a smaller minimum');
  fail('column:autor', 3).toThrow('Did you mean "author"? Columns: author, date, age.');
  fail('column:author', 14).toThrow('13 different values, too few for 14 clients');
  fail('temporal:author', 2).toThrow('Row 0 of column "author" is not a number or a date');
  fail('feature:date', 2).toThrow('is not a number');
  fail('shards:1', 2, { rows: 20 }).toThrow('these data have no target that is one class');
  fail('feature', 2, { rows: 20 }).toThrow('name one, as in feature:age');
  fail('column:x', 2, { rows: 20 }).toThrow('These data have no columns to go by.');
  fail('dirichlet', 2, { rows: 20, classes: { count: 2, of: () => 2 } }).toThrow('Row 0 has class 2');
  fail('iid', 0).toThrow('a whole number from 1 to 1000000');
  fail('iid', 1, { rows: 0 }).toThrow('There are 0 rows to deal');
});

test('labels of a client are counted', () => {
  const { classes } = table(10, 3);
  expect([...labelCounts(Uint32Array.of(0, 3, 6, 1), classes!)]).toEqual([3, 1, 0]);
});
