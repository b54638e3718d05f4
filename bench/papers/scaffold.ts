import type { Row } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { BenchContext } from '../suite.ts';
import { digitsJob } from './digits.ts';
import { type Course, curvesOf, type Side } from './race.ts';
import { missed, reached } from './trial.ts';

const TARGET = 0.9;
const CLIENTS = 50;
const COURSE: Course = {
  rounds: 200,
  target: TARGET,
  cost: (curve) => reached(curve, TARGET).round,
};

/**
 * One shard a participant is one digit for most of them: nothing in common. The rest is as in the experiments of Karimireddy et al.
 * 2020, section 7: a fifth of the participants a round, five epochs of five steps each, a server's rate of 1.
 */
function side(title: string, strategy: object, chosen: number): Side<number> {
  return {
    title: `${title}, one shard each`,
    grid: [0.1, 0.3, 1],
    chosen,
    job: (rate, seed, rounds) =>
      digitsJob({
        strategy,
        rate,
        rounds,
        seed,
        batch: 6,
        clients: CLIENTS,
        participants: CLIENTS / 5,
        partition: { shards: 1 },
      }),
  };
}

/** SCAFFOLD needs fewer rounds than FedAvg where participants have nothing in common. */
export async function scaffoldRows(context: BenchContext): Promise<Row[]> {
  const scaffold = side('SCAFFOLD', { scaffold: { epochs: 5, population: CLIENTS } }, 0.3);
  const fedavg = side('FedAvg', { fedavg: { epochs: 5 } }, 0.3);
  const ours = await curvesOf(scaffold, COURSE, context);
  const theirs = await curvesOf(fedavg, COURSE, context);
  return [
    {
      name: 'digits, shards of one class (50 participants, 10 a round): SCAFFOLD, rounds to 90 %',
      unit: 'rounds',
      ours: spreadOf(ours.map(COURSE.cost)),
      peer: {
        name: 'FedAvg',
        version: 'the same local work',
        spread: spreadOf(theirs.map(COURSE.cost)),
      },
      target: context.short ? undefined : { of: 'ratio', most: 0.8 },
      bound: `drift: five epochs on one digit lead each participant to its own optimum, which control variates undo as far as they are fresh: a participant's is five rounds old on average.${missed(ours, TARGET, 'SCAFFOLD')}${missed(theirs, TARGET, 'FedAvg')}`,
    },
  ];
}
