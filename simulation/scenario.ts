import type { RoundConfig } from '../coordinator/rounds/config.ts';
import { createFedBn } from '../coordinator/strategies/fedbn.ts';
import { createFedBuff } from '../coordinator/strategies/fedbuff.ts';
import { createLocalSteps } from '../coordinator/strategies/local-steps.ts';
import { createScaffold } from '../coordinator/strategies/scaffold.ts';
import type { Strategy } from '../coordinator/strategies/strategy.ts';
import { createSynchronous } from '../coordinator/strategies/synchronous.ts';
import type { Random } from '../shared/parameters/random.ts';
import type { FaultRates } from './fault-injector.ts';

/** A small run and what may happen to it. */
export interface Scenario {
  readonly config: Omit<RoundConfig, 'incarnation' | 'resume'>;
  /** Milliseconds an example, for each member. */
  readonly paces: readonly number[];
  readonly rates: FaultRates;
  /** Virtual milliseconds in which the run must end, because someone who can do the work is always there. */
  readonly patience: number | undefined;
}

const STRATEGIES: readonly ((whole: (least: number, most: number) => number) => Strategy)[] = [
  (whole) => createSynchronous({ leastRows: whole(1, 4) }),
  (whole) => createLocalSteps({ steps: whole(1, 4), outerLearningRate: 0.7 }),
  (whole) =>
    createFedBuff({ updates: whole(1, 4), steps: whole(1, 3), learningRate: 1, maximumStaleness: 2 }),
  (whole) => createScaffold({ steps: whole(1, 3), learningRate: 1 }),
  (whole) => createFedBn({ steps: whole(1, 3) }),
];

/** A random scenario: every strategy, sizes that do and do not divide, and faults from none to many. */
export function drawScenario(random: Random, seed: number): Scenario {
  const whole = (least: number, most: number) => least + Math.floor(random.next() * (most - least + 1));
  const strategy = (STRATEGIES[whole(0, STRATEGIES.length - 1)] as (typeof STRATEGIES)[number])(whole);
  const members = whole(1, 5);
  const examples = whole(1, 60);
  const byRounds = random.next() < 0.25;
  const wild = random.next() * 0.1;
  // Either the coordinator dies now and then, or members go for good: then the others must do without them.
  const attrition = random.next() < 0.5;
  return {
    config: {
      run: `simulation-${seed}`,
      strategy,
      examples,
      testExamples: random.next() < 0.2 ? 0 : whole(1, 20),
      batch: whole(1, Math.max(1, Math.ceil(examples / 2))),
      epochs: byRounds ? undefined : whole(1, 3),
      rounds: byRounds ? whole(1, 12) : undefined,
      evaluateEvery: random.next() < 0.5 ? { epochs: whole(1, 2) } : { rounds: whole(1, 5) },
      commitEvery: { rounds: whole(1, 5), seconds: whole(1, 60) },
      minimumMembers: attrition ? 1 : whole(1, members),
      assignment: random.next() < 0.5 ? 'equal' : 'by-speed',
      earlyStopping: undefined,
      learningRateAt: () => 0.1,
      seed,
    },
    paces: Array.from({ length: members }, () => 2 + 60 * random.next() ** 3),
    rates: {
      crash: wild,
      freeze: wild,
      duplicate: wild,
      failure: wild / 10,
      lie: wild / 10,
      leave: wild / 2,
      coordinatorCrash: attrition ? 0 : wild / 5,
      stop: attrition ? 0 : wild / 20,
      hang: attrition ? wild / 4 : 0,
      vanish: attrition ? wild / 4 : 0,
      budget: whole(0, 30),
    },
    patience: attrition ? 6 * 3_600_000 : undefined,
  };
}
