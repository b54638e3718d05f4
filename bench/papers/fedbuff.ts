import type { Row } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { BenchContext } from '../suite.ts';
import { digitsJob } from './digits.ts';
import { type Course, curvesOf, type Side } from './race.ts';
import { missed, type Point, reached } from './trial.ts';

const TARGET = 0.9;
const COURSE: Course = { rounds: 400, target: TARGET, cost: (curve) => reached(curve, TARGET).seconds };
/** Logarithms of speed differ by 0.7 over participants, as of phones (Lai et al. 2021), and by 0.15 from one work to the next. */
const STRAGGLERS = { custom: { speed: { 'examples-per-second': 100, spread: 0.7, jitter: 0.15 } } };

/** Ten participants of fifty work at once, five epochs each, whoever waits for whom. */
function side(title: string, strategy: object, chosen: number, over?: number): Side<number> {
  return {
    title,
    grid: [0.1, 0.3, 1],
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
        ...(over !== undefined && { over }),
        partition: { dirichlet: 0.5 },
        profile: STRAGGLERS,
      }),
  };
}

/** FedBuff waits for nobody: the same accuracy in less time where some are slow. */
export async function fedbuffRows(context: BenchContext): Promise<Row[]> {
  const fedbuff = side('FedBuff', { fedbuff: { updates: 5, epochs: 5 } }, 0.3);
  const fedavg = { fedavg: { epochs: 5 } };
  const peers = [
    { name: 'FedAvg', version: 'that waits for all', run: side('FedAvg', fedavg, 0.3) },
    {
      name: 'FedAvg',
      version: 'with 30 % over-selection: 13 at once',
      run: side('FedAvg with over-selection', fedavg, 0.3, 1.3),
    },
  ];
  const curves = await curvesOf(fedbuff, COURSE, context);
  const rows: Row[] = [];
  for (const { name, version, run } of peers) {
    const theirs = await curvesOf(run, COURSE, context);
    rows.push({
      name: `digits, 50 participants of log-normal speed, 10 at once: FedBuff (K 5), virtual time to 90 %, beside ${name} ${version}`,
      unit: 's, virtual',
      ours: spreadOf(timesOf(curves)),
      peer: { name, version, spread: spreadOf(timesOf(theirs)) },
      bound: `who is waited for. Staleness costs FedBuff rounds: updates of the slow are weighed by 1/√(1 + versions made since). Nguyen et al. 2022 say up to 3.3 times less time, with more at once.${missed(curves, TARGET, 'FedBuff')}${missed(theirs, TARGET, 'FedAvg')}`,
    });
  }
  return rows;
}

function timesOf(curves: readonly (readonly Point[])[]): number[] {
  return curves.map((curve) => COURSE.cost(curve));
}
