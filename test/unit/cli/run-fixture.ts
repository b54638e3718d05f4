import type { RunProgress } from '../../../cli/run-view.ts';
import type { RunFacts } from '../../../launch/coordinate.ts';

/** A run of twelve epochs of ten rounds. */
export function facts(changes: Partial<RunFacts> = {}): RunFacts {
  return {
    run: 'r1',
    directory: 'my runs/r1',
    job: 'digits',
    strategy: 'synchronous',
    parameters: 10,
    classes: undefined,
    rows: { training: 100, test: 20 },
    epochs: 12,
    rounds: undefined,
    batch: 10,
    totalRounds: 120,
    round: 0,
    epoch: 0,
    evaluated: undefined,
    past: { seconds: 0, sent: 0, received: 0, phases: {} },
    address: '127.0.0.1:7300',
    websocket: undefined,
    federated: false,
    format: 'csv',
    fingerprint: undefined,
    token: 't',
    ...changes,
  };
}

export function round(number: number, sent: number): Parameters<RunProgress['reported']>[0] {
  return {
    round: number,
    epoch: Math.floor(number / 10),
    version: number + 1,
    examples: 10,
    sums: { loss: 5, denominator: 10 },
    members: ['m1'],
    startedAt: 1_000 * number,
    closedAt: 1_000 * (number + 1),
    learningRate: 0.1,
    phases: { compute: 500, wait: 0, wire: 0, aggregate: 0, step: 0, commit: 0 },
    traffic: { sent, received: 2 * sent },
    gradientNorm: 1,
  };
}
