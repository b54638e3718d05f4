import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LocalRun } from '../../launch/run-job.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { checkBooks } from '../support/books.ts';
import { temporaryFolder } from '../support/digits.ts';

const JOB = join(dirname(fileURLToPath(import.meta.url)), 'digits-long.yaml');
const ROWS = 1438;
const BATCH = 64;
const EPOCHS = 60;
const ROUNDS_PER_EPOCH = Math.ceil(ROWS / BATCH);

/** A seed that failed can be given again. */
const SEED = Number(process.env['TRIBUTARY_SEED'] ?? Date.now() % 1_000_000);
const KILLS = Number(process.env['TRIBUTARY_KILLS'] ?? (process.env['CI'] ? 6 : 20));

const PROCESSES = ['coordinator', 'worker-1', 'worker-2'];

interface Ended {
  readonly accuracy: number;
  readonly runs: ReadonlySet<string>;
  readonly directory: string;
}

/** Runs the job; `disturb` may break it as it goes. */
async function train(disturb?: (run: LocalRun, ended: () => boolean) => Promise<void>): Promise<Ended> {
  const run = new LocalRun(JOB, { workers: 2, runs: temporaryFolder() });
  const runs = new Set<string>();
  let accuracy = 0;
  let directory = '';
  let ended = false;
  run.on('opened', (facts) => {
    runs.add(facts.run);
    directory = facts.directory;
  });
  run.on('evaluated', ({ metrics }) => {
    accuracy = metrics['accuracy']!;
  });
  const done = run.done.finally(() => {
    ended = true;
  });
  await Promise.all([done, disturb?.(run, () => ended)]);
  return { accuracy, runs, directory };
}

/** Resolves when the run has closed so many more rounds, or has ended. */
function rounds(run: LocalRun, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const off = run.on('round', () => {
      left--;
      if (left > 0) return;
      off();
      resolve();
    });
    run.done.then(
      () => resolve(),
      () => resolve(),
    );
  });
}

describe('chaos', () => {
  it(`survives ${KILLS} kill -9 and a freeze (seed ${SEED}): same accuracy, books balance, same run id`, async () => {
    const calm = await train();
    const random = createRandom(SEED);
    const deaths: string[] = [];
    const spared = new Spared();
    const stormy = await train(async (run, ended) => {
      while (deaths.length < KILLS && !ended()) {
        await rounds(run, 2 + Math.floor(random.next() * 30));
        if (ended()) break;
        const { coordinator, workers } = run.pids;
        const frozen = workers[0];
        if (deaths.length === Math.floor(KILLS / 2) && frozen) {
          // Beyond its deadline: what it holds is handed to the other one, and its late answer must not count.
          process.kill(frozen, 'SIGSTOP');
          // One of which nothing was learned yet is waited for longer than it may be silent: then the run waits for it to be back.
          await Promise.race([rounds(run, 3), waits(run)]);
          process.kill(frozen, 'SIGCONT');
        }
        const pids = [coordinator, ...workers];
        const victims = spared.others(PROCESSES.filter((_, at) => pids[at] !== undefined));
        const victim = victims[Math.floor(random.next() * victims.length)];
        if (victim === undefined) continue;
        deaths.push(victim);
        const settled = nextStart(run);
        process.kill(pids[PROCESSES.indexOf(victim)]!, 'SIGKILL');
        await settled;
        spared.died(victim);
      }
    });
    console.log(`killed: ${deaths.join(', ')}; accuracy ${stormy.accuracy} (calm: ${calm.accuracy})`);
    expect(deaths.length, 'the run ended before all kills: make it longer').toBe(KILLS);
    expect(stormy.runs.size).toBe(1);
    expect(Math.abs(stormy.accuracy - calm.accuracy)).toBeLessThanOrEqual(0.01);
    const last = ROWS - (ROUNDS_PER_EPOCH - 1) * BATCH;
    const run = checkBooks(stormy.directory, {
      rounds: EPOCHS * ROUNDS_PER_EPOCH,
      examplesOf: (round) => (round % ROUNDS_PER_EPOCH === ROUNDS_PER_EPOCH - 1 ? last : BATCH),
    });
    expect(run.status).toBe('completed');
    expect(run.incarnation).toBe(1 + deaths.filter((victim) => victim === 'coordinator').length);
  });
});

/** A process that dies five times in a row, each time within three seconds of its start, is given up: that is not tried here. */
class Spared {
  private readonly born = new Map<string, number>();
  private readonly quickDeaths = new Map<string, number>();

  /** Those that may die now. */
  others(names: readonly string[]): string[] {
    return names.filter((name) => !this.isYoung(name) || (this.quickDeaths.get(name) ?? 0) < 3);
  }

  died(name: string): void {
    this.quickDeaths.set(name, this.isYoung(name) ? (this.quickDeaths.get(name) ?? 0) + 1 : 0);
    this.born.set(name, performance.now());
  }

  private isYoung(name: string): boolean {
    return performance.now() - (this.born.get(name) ?? 0) < 5_000;
  }
}

/** Resolves when the run says that it waits for members. */
function waits(run: LocalRun): Promise<void> {
  return new Promise((resolve) => {
    const off = run.on('waiting', () => {
      off();
      resolve();
    });
  });
}

/** Resolves when the supervisor has noticed a death, so that the next victim is a living process. */
function nextStart(run: LocalRun): Promise<void> {
  return new Promise((resolve) => {
    const off = run.on('restarted', () => {
      off();
      resolve();
    });
  });
}
