import type { Job, StrategyJob } from '../../shared/job/job.ts';
import { ADAM, LOSS } from '../models.ts';
import type { CoordinatorConfig } from './messages.ts';

const FEDAVG: StrategyJob = { kind: 'fedavg', epochs: 1 };
const PIXELS = Array.from({ length: 64 }, (_, pixel) => pixel);
const CLASSES = Array.from({ length: 10 }, (_, digit) => String(digit));

/** A job on the digits whose model has the size that is wanted; nothing is evaluated. */
export function roundsJob({
  hidden,
  wire,
  up,
  members,
  rounds,
  commitEvery,
  participants,
}: CoordinatorConfig): Job {
  const dense = (units: number) => ({ type: 'dense', options: { units } });
  return {
    name: 'bench-rounds',
    data: {
      ...(participants && { heldBy: 'members' }),
      source: participants ? '' : 'digits.csv.gz',
      format: { type: 'csv', header: false, delimiter: ',' },
      target: { column: 64, type: 'class', ...(participants && { classes: CLASSES }) },
      features: { columns: participants ? PIXELS : undefined, shape: [64], normalize: { kind: 'none' } },
      test: 0,
      licence: undefined,
    },
    model: { kind: 'layers', layers: [dense(hidden[0]), dense(hidden[1]), dense(10)] },
    loss: LOSS,
    optimizer: ADAM,
    clipNorm: undefined,
    ema: undefined,
    schedule: { kind: 'constant', warmup: 0 },
    strategy: participants ? FEDAVG : { kind: 'synchronous' },
    epochs: undefined,
    rounds,
    batch: 4 * members,
    seed: 7,
    wire: up ? { down: wire, up: { kind: up, errorFeedback: false } } : wire,
    evaluate: { metrics: [], every: { rounds } },
    earlyStopping: undefined,
    checkpoint: { rounds: commitEvery, seconds: 3600, keep: 1, best: undefined },
    members: {
      minimum: members,
      assignment: 'equal',
      ...(participants && { selection: { participants, policy: 'uniform', over: 1 } }),
    },
  };
}
