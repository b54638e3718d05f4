import type { BenchContext } from '../suite.ts';
import { curveOf, type Point } from './trial.ts';

/** Seeds that are measured; learning rates are chosen with another. */
const SEEDS = [1, 2, 3];
const TUNING_SEED = 0;

/** One side of a comparison. */
export interface Side<Choice> {
  readonly title: string;
  /** Learning rates that were tried, as many on both sides. */
  readonly grid: readonly Choice[];
  /** Which of them was best with the seed for tuning; with BENCH_TUNE set all are tried again. */
  readonly chosen: Choice;
  /** @param rounds the most */
  job(choice: Choice, seed: number, rounds: number): object;
}

export interface Course {
  /** The most that a run may take; a short bench takes three. */
  readonly rounds: number;
  /** Accuracy at which a run ends. */
  readonly target?: number;
  /** What is to be small, of a curve. */
  cost(curve: readonly Point[]): number;
}

/** Curves of one side, one for each seed. */
export async function curvesOf<Choice>(
  side: Side<Choice>,
  course: Course,
  context: BenchContext,
): Promise<Point[][]> {
  const { short, folder, say } = context;
  const choice = process.env['BENCH_TUNE'] && !short ? await tune(side, course, context) : side.chosen;
  const rounds = short ? 3 : course.rounds;
  const curves: Point[][] = [];
  for (const seed of short ? SEEDS.slice(0, 1) : SEEDS) {
    const curve = await curveOf(side.job(choice, seed, rounds), folder, course.target);
    say(`${side.title}, seed ${seed}: ${described(curve)}`);
    curves.push(curve);
  }
  return curves;
}

async function tune<Choice>(
  side: Side<Choice>,
  { rounds, target, cost }: Course,
  { folder, say }: BenchContext,
): Promise<Choice> {
  let best = side.chosen;
  let least = Number.POSITIVE_INFINITY;
  for (const choice of side.grid) {
    const curve = await curveOf(side.job(choice, TUNING_SEED, rounds), folder, target);
    say(`${side.title}, ${JSON.stringify(choice)}: ${described(curve)}`);
    if (cost(curve) >= least) continue;
    least = cost(curve);
    best = choice;
  }
  if (JSON.stringify(best) !== JSON.stringify(side.chosen)) {
    say(`${side.title}: ${JSON.stringify(best)} is best here, not ${JSON.stringify(side.chosen)}`);
  }
  return best;
}

function described(curve: readonly Point[]): string {
  const { round = 0, seconds = 0, accuracy = 0 } = curve.at(-1) ?? {};
  return `${(100 * accuracy).toFixed(1)} % after ${round} rounds, ${seconds.toFixed(0)} virtual seconds`;
}
