import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { showError } from '../../cli/errors.ts';
import { EXIT } from '../../cli/exit-codes.ts';
import { strategySkeleton } from '../../cli/skeletons/strategy.ts';
import { exportRun } from '../../coordinator/export/export-run.ts';
import { describeStored } from '../../coordinator/run/open.ts';
import { readRun } from '../../coordinator/store/read-run.ts';
import { simulate } from '../../simulation/simulate.ts';
import { temporaryFolder } from '../support/digits.ts';
import { changedJob } from '../support/simulated.ts';

const SMALL = {
  '    - conv': '',
  '    - max-pool': '',
  '  clients:': '  clients: 20',
  '  profile:': '  profile: none',
  'evaluate:': 'evaluate: { every: { rounds: 4 }, participants: 20 }',
};

it('metrics over members of a strategy module are put together as it says', async () => {
  const file = changedJob({ ...SMALL, 'strategy:': 'strategy: { module: ./watched.mjs }' });
  const plain = strategySkeleton('watched').replace('export default function strategy', 'function plain');
  const own = `
const share = ({ correct, denominator }) => correct / denominator;
export default (options, job) => ({
  ...plain(options, job),
  memberMetrics: {
    'share-by-rows': { of: share, over: 'weighted-mean' },
    'lowest-share': { of: share, over: 'min' },
    'highest-share': { of: share, over: 'max' },
    'middle-share': { of: share, over: { quantile: 0.5 } },
  },
});
`;
  writeFileSync(join(dirname(file), 'watched.mjs'), plain + own);
  const { metrics } = await simulate(file, { runs: temporaryFolder(), rounds: 4, engines: 1 }).done;
  // Sums over all rows divided by all rows, or shares weighed by rows: the same.
  expect(metrics['share-by-rows']).toBeCloseTo(metrics['participants-accuracy']!, 12);
  expect(metrics['lowest-share']).toBeLessThanOrEqual(metrics['worst-decile-accuracy']!);
  expect(metrics['middle-share']).toBeGreaterThan(metrics['lowest-share']!);
  expect(metrics['highest-share']).toBeGreaterThan(metrics['middle-share']!);
});

/** A small simulation that stops early by the metric `low`, which is `of` at each member. */
function watching(of: string) {
  const file = changedJob({
    ...SMALL,
    'strategy:': 'strategy: { module: ./watched.mjs }\nearly-stopping: { metric: low, patience: 1 }',
    'evaluate:': 'evaluate: { every: { rounds: 1 }, participants: 2 }',
  });
  const plain = strategySkeleton('watched').replace('export default function strategy', 'function plain');
  const own = `
export default (options, job) => ({ ...plain(options, job), memberMetrics: { low: { of: ${of}, over: 'min' } } });
`;
  writeFileSync(join(dirname(file), 'watched.mjs'), plain + own);
  return simulate(file, { runs: temporaryFolder(), rounds: 3, engines: 1 });
}

it('a member metric that throws was called a fault of the program', async () => {
  const failure = await watching("() => { throw new TypeError('boom'); }").done.catch(
    (error: unknown) => error,
  );
  expect(showError(failure, false)).toEqual({
    code: EXIT.job,
    text: 'error: the strategy watched: memberMetrics "low" throws: boom',
  });
});

it('early stopping took evaluations in which its metric has no value for no improvement, without a word', async () => {
  const simulation = watching('() => NaN');
  const warnings: string[] = [];
  simulation.on('warning', (message) => warnings.push(message));
  expect(await simulation.done).toMatchObject({ outcome: { reason: 'completed' } });
  expect(warnings.filter((message) => message.includes('early stopping watches low'))).toHaveLength(1);
});

it('each cluster of IFCA is measured on the coordinator’s rows, as its exported model is', async () => {
  const file = changedJob({ ...SMALL, 'strategy:': 'strategy: { ifca: { clusters: 2, epochs: 2 } }' });
  const runs = temporaryFolder();
  const { metrics, directory } = await simulate(file, { runs, rounds: 8, engines: 1 }).done;
  expect(metrics['cluster-0-accuracy']).toBe(metrics['accuracy']);
  expect(metrics['cluster-1-loss']).not.toBe(metrics['cluster-0-loss']);
  const best = metrics['best-cluster']!;
  expect(metrics['best-cluster-accuracy']).toBe(metrics[`cluster-${best}-accuracy`]);
  expect(metrics['best-cluster-accuracy']).toBe(
    Math.max(metrics['cluster-0-accuracy']!, metrics['cluster-1-accuracy']!),
  );
  const reader = readRun(directory);
  const description = await describeStored(reader, runs);
  try {
    const exported = await exportRun(reader, description, { cluster: 1, out: join(directory, 'one.onnx') });
    expect(exported.rowsCompared).toBeGreaterThan(0);
  } finally {
    reader.close();
    description.data.close();
  }
});
