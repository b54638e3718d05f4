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
 * Simulates a job and gives its curve. The same job gives the same curve every time.
 *
 * @param job a job file's content
 * @param folder where the run may lie until it ends
 * @param target accuracy at which the run ends before its last round
 */
export async function curveOf(job: object, folder: string, target?: number): Promise<Point[]> {
  const own = mkdtempSync(join(folder, 'trial-'));
  const file = join(own, 'job.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(job));
  const points: Point[] = [];
  let seconds = 0;
  try {
    // One folder for all, so that the rows are read once.
    const simulation = simulate(file, { runs: join(folder, 'trials') });
    simulation.on('round', (_, { virtualMs }) => {
      seconds = virtualMs / 1000;
    });
    simulation.on('evaluated', ({ round, metrics }) => {
      const { accuracy } = metrics;
      if (accuracy === undefined) throw new Error('the run does not measure accuracy');
      points.push({ round, seconds, accuracy });
      if (target !== undefined && accuracy >= target) simulation.stop('the target is reached');
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

/** The first evaluation that reached the target, or the last one where none did. */
export function reached(curve: readonly Point[], target: number): Point {
  const point = curve.find(({ accuracy }) => accuracy >= target) ?? curve.at(-1);
  if (!point) throw new RangeError('the run was never evaluated');
  return point;
}

/** How many curves never reached the target, as a sentence; empty when all did. */
export function missed(curves: readonly (readonly Point[])[], target: number, who: string): string {
  const count = curves.filter((curve) => curve.every(({ accuracy }) => accuracy < target)).length;
  return count === 0
    ? ''
    : ` ${who}: ${count} of ${curves.length} runs did not get there and count as if they had at their end.`;
}

/** Accuracy at the end, in percent. */
export function lastAccuracy(curve: readonly Point[]): number {
  const last = curve.at(-1);
  if (!last) throw new RangeError('the run was never evaluated');
  return 100 * last.accuracy;
}
