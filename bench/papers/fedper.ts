import type { Row } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { BenchContext } from '../suite.ts';
import { digitsJob } from './digits.ts';
import { type Course, curvesOf, type Side } from './race.ts';
import { lastAccuracy } from './trial.ts';

const ROUNDS = 60;
const COURSE: Course = { rounds: ROUNDS, cost: (curve) => -lastAccuracy(curve) };

function side(title: string, strategy: object, chosen: number): Side<number> {
  return {
    title: `${title}, own rows`,
    grid: [0.03, 0.1, 0.3, 1],
    chosen,
    job: (rate, seed, rounds) =>
      digitsJob({
        strategy,
        rate,
        rounds,
        seed,
        batch: 10,
        clients: 50,
        participants: 10,
        partition: { shards: 2 },
        ownTest: 0.2,
        every: rounds,
      }),
  };
}

/** FedPer (Arivazhagan et al. 2019): a head of one's own knows which two digits there are. */
export async function fedperRows(context: BenchContext): Promise<Row[]> {
  const ours = await curvesOf(side('FedPer', { fedper: { epochs: 5 } }, 0.03), COURSE, context);
  const theirs = await curvesOf(side('FedAvg', { fedavg: { epochs: 5 } }, 0.3), COURSE, context);
  return [
    {
      name: `digits, 2 shards each (50 participants, 10 a round): FedPer, mean accuracy on a participant's own held-out rows after ${context.short ? 3 : ROUNDS} rounds`,
      unit: '%',
      ours: spreadOf(ours.map((curve) => lastAccuracy(curve))),
      peer: {
        name: 'FedAvg',
        version: 'the same local work',
        spread: spreadOf(theirs.map((curve) => lastAccuracy(curve))),
      },
      target: context.short ? undefined : { of: 'ratio', least: 1 },
      bound: 'what two classes leave to tell apart; seven rows of each participant are held out.',
    },
  ];
}
