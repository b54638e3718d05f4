import { createRandom } from '../../shared/parameters/random.ts';
import {
  asked,
  candidateCount,
  candidates,
  type MemberState,
  suspects,
  trusted,
} from '../membership/members.ts';
import type { Candidate, PlanContext } from '../strategies/strategy.ts';
import { hand } from './deal.ts';
import { fruitlessWindow } from './diagnose.ts';
import { NO_FAILURES } from './fresh.ts';
import { missedDeadline } from './missed-deadline.ts';
import {
  blank,
  busyMembers,
  EMPTY_TALLY,
  examplesOf,
  isBound,
  isGivenUp,
  isWaiting,
  newPiece,
  nextOrder,
  ORDER_STRIDE,
  tallied,
} from './pieces.ts';
import { checkPlan } from './plan.ts';
import { commitDue, completedEpochs, evaluationDue } from './policy.ts';
import type { Piece, RoundState, Window } from './state.ts';
import type { Turn } from './turn.ts';

/**
 * Asks the strategy for work and hands it out; opens the window where none is open.
 *
 * @returns whether there was any
 */
export function plan(turn: Turn): boolean {
  const { state } = turn;
  const random = createRandom(state.random);
  const pieces = state.config.strategy.plan(planContext(state, random.next));
  turn.set({ random: random.state() });
  if (pieces.length === 0) return false;
  const cursor = checkPlan(state, pieces);
  const window = state.window ?? newWindow(state, []);
  const last = window.pieces.at(-1);
  const first = last === undefined ? 0 : nextOrder(last);
  const planned = pieces.map((piece, i) => newPiece(piece, first + i * ORDER_STRIDE, window.learningRate));
  turn.set({ cursor, window: { ...window, pieces: [...window.pieces, ...planned] } });
  hand(
    turn,
    'window',
    pieces.map(({ member }, i) => ({ index: window.pieces.length + i, member })),
  );
  const own = pieces.filter(({ work }) => isBound(work)).map(({ member }) => member);
  if (own.length > 0) turn.set({ members: asked(turn.state.members, new Set(own)) });
  return true;
}

export function newWindow(state: RoundState, pieces: readonly Piece[]): Window {
  return {
    round: state.round,
    epoch: completedEpochs({ cursor: state.cursor, pieces }),
    openedAt: state.now,
    learningRate: state.config.learningRateAt(state.optimizerSteps, state.plateau.scale),
    pieces,
    tally: EMPTY_TALLY,
  };
}

function planContext(state: RoundState, random: () => number): PlanContext {
  let members: readonly Candidate[] | undefined;
  return {
    round: state.round,
    rounds: state.config.rounds,
    version: state.version,
    cursor: state.cursor,
    examples: state.config.examples,
    globalBatch: state.config.batch,
    // Of thousands of members: only where the strategy looks at them.
    get members() {
      members ??= candidatesOf(state);
      return members;
    },
    outstanding: outstanding(state),
    received: state.window?.tally.received ?? 0,
    federated: state.config.federated !== undefined,
    assignment: state.config.assignment,
    random,
  };
}

/** What a strategy sees of a member in this state: thousands are looked at, and few change from event to event. */
const seenIdle = new WeakMap<MemberState, Candidate>();
const seenBusy = new WeakMap<MemberState, Candidate>();

function candidatesOf(state: RoundState): readonly Candidate[] {
  const busy = busyMembers(state);
  const good = trusted(state.members, state.now);
  const all = candidates(state.members);
  const free = good === all ? undefined : new Set(good);
  return all.map((member) => {
    const isFree = !busy.has(member.description.id) && (free === undefined || free.has(member));
    return seenOf(member, !isFree);
  });
}

function seenOf(member: MemberState, busy: boolean): Candidate {
  const seen = busy ? seenBusy : seenIdle;
  let candidate = seen.get(member);
  if (candidate === undefined) {
    const { description, train, history } = member;
    const { id, name, engine, threads, role, rows } = description;
    const { speed, turnaround } = train ?? {};
    candidate = { id, name, engine, threads, role, rows, speed, turnaround, history, busy };
    seen.set(member, candidate);
  }
  return candidate;
}

/** As many updates came as the strategy asks for, added or staged. */
function hasEnough({ window, config }: RoundState): boolean {
  if (window === null || config.strategy.goal === undefined) return false;
  let arrived = 0;
  for (const { status } of window.pieces) if (status !== 'open') arrived += 1;
  return arrived >= Math.max(1, config.strategy.goal(window.pieces.length));
}

/** Calls off all copies of a piece that is not wanted any more. */
export function callOff(turn: Turn, piece: Piece, reason: string): void {
  for (const { id, member, lost } of piece.copies) {
    if (!lost) turn.emit({ type: 'cancel', assignment: id, member, reason });
  }
}

/** Nothing came, and nobody is left who might send something: the window is planned anew. */
export function abandonWindow(turn: Turn): boolean {
  const { window, now } = turn.state;
  if (window === null || window.tally.received > 0) return false;
  if (!window.pieces.every((piece) => isGivenUp(piece, now))) return false;
  for (const piece of window.pieces) callOff(turn, piece, 'its time is over');
  turn.set({ window: null });
  fruitlessWindow(turn);
  if (turn.state.status === 'running') missedDeadline(turn, window.pieces);
  return true;
}

/** Pieces of the window that are still waited for. */
function outstanding({ window, now }: RoundState): number {
  return window?.pieces.filter((piece) => piece.status !== 'added' && !isGivenUp(piece, now)).length ?? 0;
}

/** Adds what is staged: in the order of the plan, or as it came. */
export function flush(turn: Turn): void {
  const { window, config, round, now } = turn.state;
  if (window === null) return;
  const byPosition = config.strategy.summation === 'position';
  const enough = hasEnough(turn.state);
  let { tally } = window;
  let pieces: Piece[] | undefined;
  for (const [index, piece] of window.pieces.entries()) {
    if (piece.status === 'staged' && piece.winner !== null) {
      const { winner } = piece;
      pieces ??= window.pieces.slice();
      pieces[index] = { ...piece, status: 'added' };
      tally = tallied(tally, winner);
      turn.emit({
        type: 'add',
        assignment: winner.copy.id,
        weight: winner.weight,
        buffersWeight: winner.buffersWeight,
        member: winner.copy.member,
        round,
        baseVersion: winner.copy.version,
        examples: winner.header.examples,
      });
    } else if (piece.status === 'open' && byPosition && !enough && !isGivenUp(piece, now)) break;
  }
  if (pieces !== undefined) turn.set({ window: { ...window, pieces, tally } });
}

/**
 * Asks the strategy whether the window may close, and begins the step if so.
 *
 * @param more whether more work can be planned in this run
 */
export function close(turn: Turn, more: boolean): boolean {
  const { window, config } = turn.state;
  if (window === null || window.tally.received === 0) return false;
  const { tally } = window;
  const left = outstanding(turn.state);
  const step = config.strategy.finish({
    round: window.round,
    received: tally.received,
    outstanding: left,
    divisor: tally.divisor,
    buffersDivisor: tally.buffersDivisor,
    members: tally.members.length,
    present: candidateCount(turn.state.members),
    scalars: tally.scalars,
    enough: hasEnough(turn.state),
    learningRate: window.learningRate,
    exhausted: left === 0 && !more,
  });
  if (step === undefined) return false;
  const version = turn.state.version + 1;
  turn.set({ stepping: { version, step } });
  turn.emit({ type: 'step', round: window.round, version, step, optimizerStep: version });
  return true;
}

/** The step was made: books the round, carries what is still out into the next window, and sees what is due. */
export function stepped(turn: Turn): void {
  const { state } = turn;
  const { window } = state;
  if (window === null) return;
  const { tally } = window;
  const version = state.version + 1;
  const round = state.round + 1;
  const left = leftOver(turn, window);
  const optimizerSteps = state.optimizerSteps + batchesOf(window, state.config.batch);
  const { cursor, random } = state;
  turn.set({ version, round, optimizerSteps, stepping: null, window: null, fruitless: NO_FAILURES });
  if (left.length > 0) turn.set({ window: newWindow(turn.state, left) });
  const pending = left.filter((piece) => !isBound(piece.work)).map((piece, i) => blank(piece, i));
  turn.set({ snapshot: { version, round, cursor, optimizerSteps, random, pending } });
  turn.emit({
    type: 'round',
    report: {
      round: window.round,
      epoch: window.epoch,
      version,
      examples: tally.examples,
      sums: tally.sums,
      members: tally.members,
      startedAt: window.openedAt,
      closedAt: state.now,
      learningRate: window.learningRate,
    },
  });
  if (state.ending !== null) return;
  const evaluate = evaluationDue(turn.state);
  turn.set({ due: { evaluate, commit: !evaluate && commitDue(turn.state) } });
}

/**
 * What is still out when a window has closed: carried into the next one where updates of any age count; else called off, as work on a
 * member's own rows is planned anew each round.
 */
function leftOver(turn: Turn, window: Window): readonly Piece[] {
  const left = window.pieces.filter((piece) => piece.status !== 'added');
  const overlaps = turn.state.config.strategy.summation === 'arrival';
  const isDropped = (piece: Piece): boolean =>
    overlaps ? isGivenUp(piece, turn.state.now) : isBound(piece.work);
  for (const piece of left) if (isDropped(piece)) callOff(turn, piece, 'the round closed without it');
  return left.filter((piece) => !isDropped(piece));
}

/** Global batches that a window went through: the schedule counts the same, however the work was cut. */
function batchesOf(window: Window, batch: number): number {
  let positions = 0;
  for (const piece of window.pieces) {
    if (piece.status === 'added') positions += examplesOf(piece.work) ?? 0;
  }
  // Of rounds on members' own rows each counts as one: how many steps they take is theirs.
  return positions > 0 ? Math.ceil(positions / batch) : 1;
}

/** Somebody could be given new work now. */
export function anyoneFree(state: RoundState): boolean {
  const busy = busyMembers(state);
  return trusted(state.members, state.now).some((member) => !busy.has(member.description.id));
}

/** Work that anybody may do waits for somebody to do it. */
export function hasWaiting(state: RoundState): boolean {
  const waits = (piece: Piece): boolean => isWaiting(piece) && !isBound(piece.work);
  return [state.evaluation, state.window].some((board) => board?.pieces.some(waits) ?? false);
}

/** Until when someone is under suspicion, the soonest; undefined when nobody is. */
export function nextPardon(state: RoundState): number | undefined {
  const until = suspects(state.members, state.now).map((member) => member.suspectUntil ?? 0);
  return until.length > 0 ? Math.min(...until) : undefined;
}
