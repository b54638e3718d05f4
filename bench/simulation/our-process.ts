import { collectLessOften } from '../../node/heap.ts';
import { simulate } from '../../simulation/simulate.ts';
import { peakMemory } from '../peak-memory.ts';
import type { SimulationMeasured } from './settings.ts';

/** Our simulation in a process of its own, which measures itself. It is told what to do by its argument. */
export interface OurConfig {
  readonly job: string;
  /** Folder of runs. */
  readonly runs: string;
  readonly warmUp: number;
  readonly participants: number;
}

export type OurMessage = { readonly type: 'measured' } & SimulationMeasured;

// As the command does.
collectLessOften('coordinator');

const { job, runs, warmUp, participants } = JSON.parse(process.argv[2]!) as OurConfig;
const simulation = simulate(job, { runs });
const rounds: number[] = [];
let start = 0;
let parameters = 0;
let began = 0;
let measuredFrom: NodeJS.CpuUsage | undefined;
let processor = 0;
simulation.on('opened', (facts) => {
  ({ parameters } = facts);
});
simulation.on('round', () => {
  const now = performance.now();
  // The end of the first round: up to its beginning nothing is said.
  if (began === 0) start = now / 1000;
  else rounds.push(now - began);
  began = now;
  // Rounds that are over: those measured, and the first.
  const after = rounds.length + 1 - warmUp;
  if (after === 0) measuredFrom = process.cpuUsage();
  if (after > 0) {
    const { user, system } = process.cpuUsage(measuredFrom);
    processor = (user + system) / 1000 / (after * participants);
  }
});
const { outcome, metrics } = await simulation.done;
if (outcome.reason !== 'completed') throw new Error(`the run ended: ${outcome.reason}: ${outcome.message}`);
const message: OurMessage = {
  type: 'measured',
  // The first is in `start`.
  rounds: rounds.slice(warmUp - 1),
  processor,
  start,
  parameters,
  accuracy: metrics['accuracy'] ?? Number.NaN,
  memory: peakMemory(),
};
process.send!(message);
process.disconnect();
