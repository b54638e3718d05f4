import { fileURLToPath } from 'node:url';

/** From dist/bench/papers. */
const SOURCE = fileURLToPath(new URL('../../../examples/digits/digits.csv.gz', import.meta.url));

export interface DigitsTrial {
  /** As a job file says it. */
  readonly strategy: string | object;
  /** Learning rate of the participants' plain SGD. */
  readonly rate: number;
  /** B: examples of one step. */
  readonly batch: number;
  readonly rounds: number;
  readonly seed: number;
  readonly clients: number;
  /** Asked in a round. */
  readonly participants: number;
  readonly partition: string | object;
  readonly profile?: string | object;
  /** Over-selection. */
  readonly over?: number;
  /** Rounds between evaluations, 1 when left out. */
  readonly every?: number;
  /** Share of each participant's rows that it evaluates with itself; the coordinator evaluates on a fifth of all rows when left out. */
  readonly ownTest?: number;
}

/** Of the network 64-64-10 with ReLU. */
export const DIGITS_PARAMETERS = 64 * 64 + 64 + 64 * 10 + 10;

/** The job of 1,797 handwritten digits of 8 x 8 pixels (E. Alpaydin and C. Kaynak 1998), dealt to virtual participants. */
export function digitsJob(trial: DigitsTrial): object {
  const { strategy, rate, batch, rounds, seed, clients, participants, partition, profile, over, ownTest } =
    trial;
  return {
    name: 'papers-digits',
    data: {
      'held-by': 'members',
      format: { header: false },
      target: { column: 64, classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] },
      features: { columns: [{ from: 0, to: 63 }], shape: [64], normalize: { divide: 16 } },
      test: ownTest ?? 0,
    },
    model: { layers: [{ dense: 64 }, 'relu', { dense: 10 }] },
    loss: 'cross-entropy',
    optimizer: { sgd: rate },
    strategy,
    rounds,
    batch,
    seed,
    evaluate: { every: { rounds: trial.every ?? 1 } },
    members: { selection: { participants, ...(over && { 'over-selection': over }) } },
    simulation: {
      source: SOURCE,
      'held-out': ownTest === undefined ? 0.2 : 0,
      clients,
      partition,
      profile: profile ?? 'none',
    },
  };
}
