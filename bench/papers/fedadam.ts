import type { Row } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { BenchContext } from '../suite.ts';
import { type Course, curvesOf, type Side } from './race.ts';
import { type Speeches, speechesJob, writeSpeeches } from './speakers.ts';
import { lastAccuracy } from './trial.ts';

const ROUNDS = 60;
const COURSE: Course = { rounds: ROUNDS, cost: (curve) => -lastAccuracy(curve) };

interface Rates {
  readonly client: number;
  /** η of the server; 1 of FedAvg. */
  readonly server: number;
}

function side(
  title: string,
  speeches: Speeches,
  strategy: (server: number) => string | object,
  grid: readonly Rates[],
  chosen: Rates,
): Side<Rates> {
  return {
    title: `${title}, speeches`,
    grid,
    chosen,
    job: ({ client, server }, seed, rounds) =>
      speechesJob(speeches, { strategy: strategy(server), rate: client, rounds, seed, every: rounds }),
  };
}

/** FedAdam beside FedAvg on next characters of Shakespeare by speaker, as in Reddi et al. 2021, section 5. */
export async function fedadamRows(context: BenchContext): Promise<Row[]> {
  const speeches = writeSpeeches(context.folder);
  const fedadam = side(
    'FedAdam',
    speeches,
    (server) => ({ fedadam: { 'learning-rate': server } }),
    [3, 10].flatMap((client) => [0.03, 0.1].map((server) => ({ client, server }))),
    { client: 10, server: 0.1 },
  );
  const fedavg = side(
    'FedAvg',
    speeches,
    () => 'fedavg',
    [1, 3, 10, 30].map((client) => ({ client, server: 1 })),
    { client: 10, server: 1 },
  );
  const ours = await curvesOf(fedadam, COURSE, context);
  const theirs = await curvesOf(fedavg, COURSE, context);
  return [
    {
      name: `Shakespeare by speaker (${speeches.speakers} participants, 10 a round), LSTM: FedAdam, accuracy of the next character after ${context.short ? 3 : ROUNDS} rounds`,
      unit: '%',
      ours: spreadOf(ours.map((curve) => lastAccuracy(curve))),
      peer: {
        name: 'FedAvg',
        version: 'the same local work',
        spread: spreadOf(theirs.map((curve) => lastAccuracy(curve))),
      },
      target: context.short ? undefined : { of: 'ratio', least: 1 },
      bound:
        'rounds: 64 windows of 32 characters of each speaker and 60 rounds, where Reddi et al. 2021 (table 1: FedAdam 57.0 %, FedAvg 56.9 %) have all plays, two layers of 256 units and 1,200 rounds.',
    },
  ];
}
