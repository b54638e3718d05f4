import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readRun } from '../../coordinator/store/read-run.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { temporaryFolder } from '../support/digits.ts';
import { participate } from '../support/participants.ts';
import { killAll, tributary } from '../support/processes.ts';
import { Workplace } from '../support/small-job.ts';

afterEach(killAll);

/** Flats: about 200,000 ± 60,000, by area and age. */
function flats(rows: number, seed: number): string {
  const random = createRandom(seed);
  const lines = Array.from({ length: rows }, () => {
    const [area, age] = [random.next(), random.next()];
    const price = 200_000 + 200_000 * (area - 0.5) - 80_000 * (age - 0.5);
    return `${area.toFixed(4)},${age.toFixed(4)},${price.toFixed(0)}`;
  });
  return `area,age,price\n${lines.join('\n')}\n`;
}

const TARGET = '{ column: price, type: number, normalize: standardize }';
const LINES = {
  name: 'flats',
  model: '{ layers: [{ dense: 8 }, relu, { dense: 1 }] }',
  loss: 'mse',
  optimizer: '{ adam: 0.02 }',
};

/** RMSE of the last evaluation, and what `predict` says of a table of its own. */
async function figures(place: Workplace) {
  const [id] = place.runIds();
  const run = readRun(join(place.runs, id!));
  const { metrics } = run.evaluations().at(-1)!;
  run.close();
  const file = join(place.runs, id!, 'model.onnx');
  const rows = place.write('fresh.csv', flats(100, 9));
  const asked = await tributary(['predict', file, rows, '--target', 'price', '--csv']).end();
  expect(asked).toMatchObject({ code: 0 });
  const prices = flats(100, 9)
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[2]));
  const [head, ...lines] = asked.stdout.trim().split('\n');
  const at = head!.split(',').indexOf('prediction');
  const said = lines.map((line) => Number(line.split(',')[at]));
  const errors = prices.map((price, row) => (said[row]! - price) ** 2);
  return {
    metrics,
    error: Math.sqrt(errors.reduce((sum, error) => sum + error, 0) / errors.length),
  };
}

it('prices of 200,000 are learned on two workers, and said by the file that is handed out', async () => {
  const place = new Workplace(
    { ...LINES, data: `{ source: rows.csv, target: ${TARGET} }`, epochs: '20', batch: '16' },
    flats(300, 1),
  );
  const end = await tributary(['run', place.jobFile, '--workers', '2', '--runs', place.runs]).end();
  expect(end).toMatchObject({ code: 0 });
  const { metrics, error } = await figures(place);
  // The deviation is about 62,000.
  expect(metrics['rmse']).toBeLessThan(12_000);
  expect(metrics['r2']).toBeGreaterThan(0.95);
  expect(metrics['loss']).toBeLessThan(0.05);
  expect(error).toBeLessThan(12_000);
});

it('participants are asked for the sums of their prices, and none of them knows another’s', async () => {
  const place = new Workplace({
    ...LINES,
    data: `{ held-by: members, features: { columns: [area, age] }, target: ${TARGET} }`,
    strategy: '{ fedavg: { epochs: 4 } }',
    epochs: undefined,
    rounds: '6',
    batch: '16',
    members: '{ minimum: 2 }',
    evaluate: '{ every: { rounds: 6 } }',
  });
  const joinFile = place.path('join.json');
  const coordinator = tributary([
    ...['coordinator', place.jobFile, '--listen', '127.0.0.1:0', '--runs', place.runs],
    ...['--join-file', joinFile],
  ]);
  const members = [1, 2].map((seed) => {
    const data = join(temporaryFolder(), `site-${seed}.csv`);
    writeFileSync(data, flats(150, seed));
    return participate({ name: `site-${seed}`, data, state: temporaryFolder() }, joinFile);
  });
  expect((await coordinator.end()).code).toBe(0);
  for (const member of members) {
    const { code, stdout, stderr } = await member.end();
    expect(code).toBe(0);
    expect(stdout + stderr).toContain('the sum, and the sum of the squares, of each of price');
  }
  const { metrics, error } = await figures(place);
  expect(metrics['rmse']).toBeLessThan(15_000);
  expect(error).toBeLessThan(15_000);
});

it('a run of prices as they are says at its start what to add', async () => {
  const target = '{ column: price, type: number }';
  const place = new Workplace(
    { ...LINES, data: `{ source: rows.csv, target: ${target} }`, epochs: '1' },
    flats(60, 1),
  );
  const end = await tributary(['run', place.jobFile, '--workers', '1', '--runs', place.runs]).end();
  const checked = await tributary(['check', place.jobFile]).end();
  for (const { code, stdout, stderr } of [end, checked]) {
    expect(code).toBe(0);
    expect(stdout + stderr).toMatch(/the target price is .*Add to data\.target: normalize: standardize/s);
  }
});
