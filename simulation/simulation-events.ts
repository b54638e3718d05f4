import type { CoordinatorEvents, Outcome } from '../coordinator/events.ts';
import type { ExportedModel } from '../coordinator/export/export-run.ts';
import type { Job } from '../shared/job/job.ts';

/** What a simulation says of itself when it is set up. */
export interface SimulationFacts {
  readonly run: string;
  readonly directory: string;
  readonly job: string;
  readonly strategy: string;
  readonly parameters: number;
  readonly rows: { readonly training: number; readonly test: number };
  /** What rows are read from: tables, folders of images, or a text. */
  readonly format: Job['data']['format']['type'];
  readonly rounds: number;
  readonly clients: number;
  readonly engines: number;
  /** How rows were dealt, in words. */
  readonly partition: string;
  readonly profile: string;
  /** HTML file with the picture of the partition. */
  readonly picture: string;
}

/** How far a simulation is. */
export interface SimulationProgress {
  /** Updates of participants that counted, since training began. */
  readonly updates: number;
  /** Pieces of work that participants gave up. */
  readonly dropouts: number;
  /** Virtual milliseconds since the run began. */
  readonly virtualMs: number;
  /** Real milliseconds since training began. */
  readonly wallMs: number;
}

/** What a simulation took in the end: report, page and store say the same. */
export interface SimulationTotals extends SimulationProgress {
  /** Bytes from the coordinator to participants and from them, what each fetches once when it joins included. */
  readonly bytes: { readonly sent: number; readonly received: number };
}

export interface SimulationResult extends SimulationTotals {
  readonly outcome: Outcome;
  /** Of the last evaluation. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly updatesPerSecond: number;
  /** SHA-256 of the weights that the run ended with, as float32. */
  readonly weights: string;
  readonly directory: string;
  /** HTML files. */
  readonly pictures: { readonly partition: string; readonly run: string };
}

export type SimulationEvents = Pick<CoordinatorEvents, 'waiting' | 'evaluated' | 'committed'> & {
  opened: [facts: SimulationFacts];
  round: [report: CoordinatorEvents['round'][0], progress: SimulationProgress];
  exported: [model: ExportedModel];
  warning: [message: string];
  finished: [result: SimulationResult];
};
