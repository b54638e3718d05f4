import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulate } from '../../simulation/simulate.ts';

/** One evaluation of a simulated run. */
export interface Point {
  /** Rounds until then. */
  readonly round: number;
  /** Virtual seconds until then. */
  readonly seconds: number;
  /** Share of rows that were told right. */
  readonly accuracy: number;
}

/**
 * Simulates a job and gives its curve. The same job gives the same curve on every machine of one processor type.
 *
 * @param job a job file's content
 * @param target accuracy at which the run ends before its last round
 * @param folder where the run may lie until it ends
 */
export async function curveOf(job: object, folder: string, target = 1): Promise<Point[]> {
  const own = mkdtempSync(join(folder, 'trial-'));
  const file = join(own, 'job.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(job));
  const points: Point[] = [];
  let seconds = 0;
  try {
    // Rows are read once for all trials.
    const simulation = simulate(file, { runs: join(folder, 'trials') });
    simulation.on('round', (_, { virtualMs }) => {
      seconds = virtualMs / 1000;
    });
    simulation.on('evaluated', ({ round, metrics }) => {
      const accuracy = metrics['accuracy'] ?? Number.NaN;
      points.push({ round, seconds, accuracy });
      if (accuracy >= target) simulation.stop('the target is reached');
    });
    const { outcome, directory } = await simulation.done;
    rmSync(directory, { recursive: true, force: true });
    if (outcome.reason !== 'completed' && outcome.reason !== 'stopped') {
      throw new Error(`the simulated run ended: ${outcome.reason}: ${outcome.message}`);
    }
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
  return points;
}

/** The first evaluation that reached the target; undefined when none did. */
export function reached(points: readonly Point[], target: number): Point | undefined {
  return points.find(({ accuracy }) => accuracy >= target);
}

/** Mean of the last evaluations, in percent. */
export function lastAccuracy(points: readonly Point[], count: number): number {
  const last = points.slice(-count);
  return (100 * last.reduce((sum, { accuracy }) => sum + accuracy, 0)) / last.length;
}
