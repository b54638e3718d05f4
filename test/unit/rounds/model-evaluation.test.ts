import { expect, it } from 'vitest';
import { createFedAvg } from '../../../coordinator/strategies/fedavg.ts';
import { createIfca } from '../../../coordinator/strategies/ifca.ts';
import type { Strategy } from '../../../coordinator/strategies/strategy.ts';
import { Driver, of } from './driver.ts';

/** A run of one round whose evaluation is handed out; 4 rows are the coordinator's. */
function evaluating(strategy: Strategy): Driver {
  const driver = new Driver({
    strategy,
    federated: { evaluating: 0, fairness: 'accuracy' },
    examples: 0,
    testExamples: 4,
    epochs: undefined,
    rounds: 1,
    evaluateEvery: { rounds: 1 },
  });
  driver.send({ type: 'start', at: 0 });
  driver.settle();
  const about = { engine: 'cpu', threads: 1 };
  const own = { ...about, id: 'own', name: 'own', role: 'evaluator' as const };
  const rows = { examples: 8, heldOut: 2 };
  const site = { ...about, id: 'site', name: 'site', role: 'participant' as const, rows };
  driver.send({ type: 'joined', at: 0, member: own });
  driver.send({ type: 'joined', at: 0, member: site });
  driver.update(driver.latest('site'), { examples: 8, sections: ['parameters'] });
  driver.settle();
  return driver;
}

function evaluated(driver: Driver, correct: Readonly<Record<string, number>>) {
  for (let assignment = driver.latest('own'); ; assignment = driver.latest('own')) {
    const sums = { loss: 4, denominator: 4, correct: correct[assignment.model ?? 'parameters']! };
    driver.update(assignment, { sums });
    driver.settle();
    if (driver.latest('own') === assignment) break;
  }
  return of(driver.all, 'evaluated').at(-1)!;
}

it('the models of all clusters are measured on the coordinator’s rows, not those of the first alone', () => {
  const driver = evaluating(createIfca({ clusters: 3 }));
  const { metrics, sums, examples } = evaluated(driver, { parameters: 1, 'cluster-1': 3, 'cluster-2': 2 });
  const handed = of(driver.all, 'assign').filter(({ assignment }) => assignment.member === 'own');
  expect(handed.map(({ assignment }) => assignment.model)).toEqual([undefined, 'cluster-1', 'cluster-2']);
  expect(metrics).toEqual({
    loss: 1,
    accuracy: 0.25,
    'cluster-0-loss': 1,
    'cluster-0-accuracy': 0.25,
    'cluster-1-loss': 1,
    'cluster-1-accuracy': 0.75,
    'cluster-2-loss': 1,
    'cluster-2-accuracy': 0.5,
    'best-cluster': 1,
    'best-cluster-accuracy': 0.75,
  });
  // What is watched and drawn is of the weights that are exported.
  expect({ sums, examples }).toEqual({ sums: { loss: 4, denominator: 4, correct: 1 }, examples: 4 });
  expect(driver.state.status).toBe('finished');
});

it('of one model nothing is said of clusters', () => {
  for (const strategy of [createIfca({ clusters: 1 }), createFedAvg({})]) {
    expect(evaluated(evaluating(strategy), { parameters: 1 }).metrics).toEqual({ loss: 1, accuracy: 0.25 });
  }
});
