import type { Strategy } from '../strategy.ts';
import { shapeFaults } from './shape.ts';
import { VirtualRun } from './virtual-run.ts';

export interface ContractOptions {
  /** Members train on rows of their own; else the coordinator deals rows out. */
  readonly federated: boolean;
}

const MEMBERS = ['a', 'b', 'c', 'd'];
const ROUNDS = 4;

/**
 * Holds a strategy to what every strategy promises, in the real round core with virtual members: its shape; that it is pure, and weighs with
 * finite numbers; that the order in which updates arrive does not matter; that it gets along with no answer, with one member, with
 * members that are all late; and that a run which was interrupted goes on as it would have.
 *
 * @returns one sentence for each promise that it breaks; none for a strategy that keeps them
 */
export function strategyFaults(strategy: unknown, options: ContractOptions): string[] {
  const shape = shapeFaults(strategy);
  if (shape.length > 0) return shape;
  const checked = strategy as Strategy;
  const faults: string[] = [];
  for (const [promise, holds] of Object.entries(PROMISES)) {
    try {
      const fault = holds(checked, options);
      if (fault !== undefined) faults.push(`${promise}: ${fault}`);
    } catch (error) {
      faults.push(`${promise}: it throws: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return faults;
}

type Promises = (strategy: Strategy, options: ContractOptions) => string | undefined;

const PROMISES: Readonly<Record<string, Promises>> = {
  'reaches the end of a run': (strategy, { federated }) => {
    const run = started(strategy, federated);
    run.drive(first);
    if (run.outcome !== 'completed') return `the run ended as ${run.outcome ?? 'nothing: it waits for ever'}`;
    return run.steps.length === ROUNDS ? undefined : `${run.steps.length} steps in ${ROUNDS} rounds`;
  },
  'weighs with finite numbers': (strategy, { federated }) => {
    const run = started(strategy, federated);
    run.drive(first);
    for (const { member, weight, buffersWeight } of run.counted) {
      if (!isWeight(weight) || !isWeight(buffersWeight))
        return `${member} weighs ${weight}, ${buffersWeight}`;
    }
    for (const { round, step } of run.steps) {
      if (!(Number.isFinite(step.divisor) && step.divisor > 0))
        return `round ${round} is divided by ${step.divisor}`;
      if (!Number.isFinite(step.learningRate)) return `round ${round} has the rate ${step.learningRate}`;
    }
    return undefined;
  },
  'is pure': (strategy, { federated }) => {
    const [once, again] = [started(strategy, federated), started(strategy, federated)];
    once.drive(first);
    again.drive(first);
    return trace(once) === trace(again) ? undefined : 'the same run went another way the second time';
  },
  'does not depend on the order of arrival': (strategy, { federated }) => {
    // What is summed as it arrives promises no more than its weights.
    if (strategy.summation === 'arrival') return undefined;
    const [forth, back] = [started(strategy, federated), started(strategy, federated)];
    forth.drive(first);
    back.drive((open) => open.at(-1));
    return trace(forth) === trace(back)
      ? undefined
      : 'it added or stepped otherwise when updates came the other way round';
  },
  'gets along with a round that nobody answers': (strategy, { federated }) => {
    const run = started(strategy, federated);
    for (const member of MEMBERS) run.leave(member);
    for (let ticks = 0; ticks < 100 && run.tick(); ) ticks++;
    if (run.steps.length > 0) return 'it stepped with nothing';
    for (const member of MEMBERS) run.join(member, federated);
    run.drive(first);
    return run.outcome === 'completed' ? undefined : 'it did not go on when the members came back';
  },
  'gets along with one member': (strategy, { federated }) => {
    const run = new VirtualRun(strategy, { members: ['a'], federated, rounds: ROUNDS });
    run.drive(first);
    return run.outcome === 'completed' ? undefined : `the run ended as ${run.outcome ?? 'nothing'}`;
  },
  'gets along with members that are all late': (strategy, { federated }) => {
    const run = started(strategy, federated);
    const late = [...run.open];
    for (let ticks = 0; ticks < 100 && run.open.some((open) => late.includes(open)) && run.tick(); ) ticks++;
    for (const assignment of late) run.answer(assignment);
    run.drive(first);
    if (run.discarded.some(({ message }) => message === '')) return 'it refused without a reason';
    return run.outcome === 'completed' ? undefined : `the run ended as ${run.outcome ?? 'nothing'}`;
  },
  'goes on after an interruption as it would have': (strategy, { federated }) => {
    if (strategy.summation === 'arrival') return undefined;
    const whole = started(strategy, federated);
    whole.drive(first);
    const middle = whole.commits.find(({ round }) => round === ROUNDS / 2);
    if (middle === undefined) return 'nothing was committed in the middle';
    const resumed = new VirtualRun(strategy, {
      members: MEMBERS,
      federated,
      rounds: ROUNDS,
      resume: JSON.parse(JSON.stringify(middle)) as typeof middle,
      incarnation: 2,
    });
    resumed.drive(first);
    const rest = {
      steps: whole.steps.filter(({ round }) => round >= ROUNDS / 2),
      counted: whole.counted.filter(({ round }) => round >= ROUNDS / 2),
    };
    return trace(rest) === trace(resumed) ? undefined : 'the rounds after it were others';
  },
};

function started(strategy: Strategy, federated: boolean): VirtualRun {
  return new VirtualRun(strategy, { members: MEMBERS, federated, rounds: ROUNDS });
}

function first<T>(open: readonly T[]): T | undefined {
  return open[0];
}

function isWeight(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

/** What was added with which weights, and the steps that were made, as text. */
function trace({ counted, steps }: Pick<VirtualRun, 'counted' | 'steps'>): string {
  return JSON.stringify([
    counted.map(({ member, round, weight, buffersWeight }) => [member, round, weight, buffersWeight]),
    steps.map(({ round, step }) => [round, step]),
  ]);
}
