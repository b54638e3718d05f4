import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { strategySkeleton } from '../../../cli/skeletons/strategy.ts';
import { strategyFaults } from '../../../coordinator/strategies/contract/contract.ts';
import { createFedAvg } from '../../../coordinator/strategies/fedavg.ts';
import { loadStrategy } from '../../../coordinator/strategies/load.ts';
import { StrategyModuleError } from '../../../coordinator/strategies/module-error.ts';
import type { Strategy } from '../../../coordinator/strategies/strategy.ts';
import type { Job } from '../../../shared/job/job.ts';
import { temporaryFolder } from '../../support/digits.ts';
import { federatedJob } from '../../support/federated.ts';

const JOB = federatedJob();

function load(text: string, path = './mine.mjs', options = {}, job = JOB): Promise<Strategy> {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'mine.mjs'), text);
  return loadStrategy({ kind: 'module', path, options }, folder, job);
}

describe('a strategy of the user’s own', () => {
  it('is made of its options: the skeleton, and the one of docs/strategies.md', async () => {
    const made = await load(strategySkeleton('my-strategy'), './mine.mjs', { 'learning-rate': 0.5 });
    expect(made.name).toBe('my-strategy');
    const page = readFileSync(new URL('../../../docs/strategies.md', import.meta.url), 'utf8');
    const [, example = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(30);
    const documented = await load(example, './mine.mjs', { floor: 3 });
    expect(documented.name).toBe('root-fair');
    expect(documented.metrics?.({ correct: 3, denominator: 4 })).toEqual({ 'error-rate': 0.25 });
  });

  it.each([
    ['./none.mjs', '', 'is not there'],
    ['../mine.mjs', '', 'is not beside the job file'],
    ['/etc/mine.mjs', '', 'is not beside the job file'],
    ['./mine.mjs', 'export default {', 'cannot be loaded'],
    ['./mine.mjs', 'export const strategy = 1', 'has no default export that is a function'],
    [
      './mine.mjs',
      "export default () => { throw new Error('no floor') }",
      'cannot be made of its options: no floor',
    ],
    ['./mine.mjs', 'export default () => 7', 'it is no object'],
    ['./mine.mjs', "export default () => ({ name: 'X' })", 'plan is missing; it must be a function'],
  ])('at %s with %s is refused in words', async (path, text, words) => {
    await expect(load(text, path)).rejects.toThrow(StrategyModuleError);
    await expect(load(text, path)).rejects.toThrow(words);
  });

  it('has the metric that early stopping watches, and participants who are asked for it, or is refused', async () => {
    const text = (name: string) =>
      `${strategySkeleton('watched').replace('export default function strategy', 'function plain')}
export default (options, job) => ({ ...plain(options, job), memberMetrics: { '${name}': { of: () => 1, over: 'min' } } });`;
    const watching = (metric: string, participants = 5): Job => ({
      ...JOB,
      earlyStopping: { metric, patience: 2, minDelta: 0 },
      evaluate: { ...JOB.evaluate, participants },
    });
    expect((await load(text('lowest'), './mine.mjs', {}, watching('lowest'))).memberMetrics).toHaveProperty(
      'lowest',
    );
    await load(text('lowest'), './mine.mjs', {}, watching('accuracy', 0));
    await expect(load(text('lowest'), './mine.mjs', {}, watching('lowst'))).rejects.toThrow(
      'has no memberMetrics "lowst", which early-stopping.metric names: an evaluation has accuracy, loss, lowest',
    );
    await expect(load(text('lowest'), './mine.mjs', {}, watching('lowest', 0))).rejects.toThrow(
      /is never asked for "lowest".*Set evaluate.participants/,
    );
  });

  it('is not taken for a file of a folder of the same name', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'mine.mjs'));
    const job = { kind: 'module', path: './mine.mjs', options: {} } as const;
    await expect(loadStrategy(job, folder, JOB)).rejects.toThrow('is no file');
  });
});

describe('the contract finds what breaks it', () => {
  const good = createFedAvg({});
  const count = { calls: 0 };
  const broken: readonly [string, Partial<Strategy> & Record<string, unknown>, string][] = [
    [
      'a weight of NaN',
      { accept: () => ({ weight: Number.NaN, buffersWeight: 1, divisor: 1 }) },
      'weighs with finite',
    ],
    [
      'a division by zero',
      { finish: (context) => ({ ...good.finish(context)!, divisor: 0 }) },
      'divided by 0',
    ],
    [
      'memory between calls',
      { accept: (header) => ({ ...good.accept(header), divisor: ++count.calls }) as never },
      'is pure',
    ],
    [
      'waiting for a member that is gone',
      { finish: (context) => (context.received < 4 ? undefined : good.finish(context)) },
      'gets along with one member',
    ],
    [
      'an exception',
      {
        plan: () => {
          throw new Error('oops');
        },
      },
      'it throws: oops',
    ],
    [
      'two pieces for one member',
      { plan: (context) => good.plan(context).flatMap((piece) => [piece, piece]) },
      'was given two pieces',
    ],
    ['a refusal of everything', { accept: () => ({ refuse: 'no' }) }, 'reaches the end of a run'],
    ['a member that nobody knows', { weights: 3 }, 'weights is nothing that a strategy has'],
    ['an optimizer that nobody knows', { outer: { kind: 'lbfgs' } as never }, 'outer is'],
    ['models that are no server vectors', { models: ['other'] }, 'models names other'],
  ];

  it.each(broken)('%s', (_, change, words) => {
    const faults = strategyFaults({ ...good, ...change }, { federated: true });
    expect(faults.join('\n')).toContain(words);
  });
});
