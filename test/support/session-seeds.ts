import { expect } from 'vitest';
import { sumOf } from '../../coordinator/store/lives.ts';
import { expectedWeights, ROUNDS, simulateCluster } from '../../simulation/cluster-simulation.ts';

/** What seeded runs met, as means over them. */
export interface Met {
  readonly runs: number;
  readonly faults: number;
  readonly incarnations: number;
}

/**
 * Runs coordinator, sessions and wire on a virtual clock with each seed's faults: broken connections, dead members and dead
 * coordinators. Every run must end with exactly the right weights, and with every example counted once.
 *
 * @throws with the command that replays the seed that failed
 */
export async function runSessionSeeds(seeds: readonly number[]): Promise<Met> {
  const expected = expectedWeights();
  let faults = 0;
  let incarnations = 0;
  for (const seed of seeds) {
    const replay = `replay with TRIBUTARY_SEED=${seed} npx vitest run test/unit/simulation/cluster-simulation.test.ts`;
    const result = await simulateCluster(seed).catch((error: Error) => {
      throw new Error(`${error.message}; ${replay}`, { cause: error });
    });
    expect(result.weights, replay).toEqual(expected);
    const committed = result.disk.books.filter((entry) => entry.status === 'committed');
    const examples = committed.reduce((sum, entry) => sum + entry.examples, 0);
    expect(examples, replay).toBe(ROUNDS * 8);
    const took = sumOf([...result.disk.lives.values()]);
    expect(took.sent, replay).toBeGreaterThan(0);
    expect(took.seconds, replay).toBeGreaterThan(0);
    faults += result.faults;
    incarnations += result.incarnations;
  }
  const runs = seeds.length;
  return { runs, faults: faults / runs, incarnations: incarnations / runs };
}
