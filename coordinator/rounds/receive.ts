import { findMember, suspect, updateMember } from '../membership/members.ts';
import { observe } from '../membership/pace.ts';
import type { Verdict } from '../strategies/strategy.ts';
import { numberOf } from './assignment-number.ts';
import { diagnose } from './diagnose.ts';
import { examplesOf, type Found, findCopy, isBound, isLate } from './pieces.ts';
import type { Copy, Failure, RoundState, Winner } from './state.ts';
import type { Turn } from './turn.ts';
import type { AssignmentId, DiscardReason, Event, MemberId, UpdateHeader, Work } from './types.ts';
import { ownSteps, workload } from './workload.ts';

type Update = Extract<Event, { type: 'update' }>;

/** Failures of a piece that are remembered. */
export const FAILURES_KEPT = 16;
const FAILURE_PAUSE_MS = 1_000;

/** The first acceptable update of a piece wins it; every other one is discarded, with the reason. */
export function receive(turn: Turn, event: Update): void {
  heardOf(turn, event.member);
  const found = findCopy(turn.state, event.assignment);
  const wrong = misplaced(turn.state, event.assignment, event.member, found);
  if (wrong !== undefined) discard(turn, event, found, wrong.reason, wrong.message);
  if (found === undefined) return;
  learnPace(turn, found, event);
  if (wrong === undefined) judge(turn, found, event);
}

function judge(turn: Turn, found: Found, event: Update): void {
  const { member } = event;
  const problem = headerProblem(turn.state, event.header, found);
  if (problem !== undefined) {
    discard(turn, event, found, 'refused', problem.message);
    giveBack(turn, found, { member, reason: problem.message, nonFinite: problem.nonFinite });
    return;
  }
  const verdict = weigh(turn, found, event.header);
  if ('refuse' in verdict) {
    const reason = verdict.reason ?? 'refused';
    discard(turn, event, found, reason, verdict.refuse);
    giveBack(
      turn,
      found,
      reason === 'stale' ? undefined : { member, reason: verdict.refuse, nonFinite: false },
    );
    return;
  }
  win(turn, found, { copy: found.copy, header: event.header, ...verdict });
}

/** An evaluation's sums count as they are; what trains is for the strategy to say. */
function weigh(turn: Turn, { board, piece, copy }: Found, header: UpdateHeader): Verdict {
  if (board === 'evaluation') return { weight: 0, buffersWeight: 0, divisor: header.examples };
  const staleness = turn.state.version - copy.version;
  const { work, learningRate } = piece;
  return turn.state.config.strategy.accept(header, { work, staleness, learningRate });
}

/** Why an update of this assignment from this member cannot count; undefined when it can. */
export function misplaced(
  state: RoundState,
  assignment: AssignmentId,
  member: MemberId,
  found: Found | undefined = findCopy(state, assignment),
): { readonly reason: DiscardReason; readonly message: string } | undefined {
  if (found === undefined) return missing(state, assignment);
  if (state.ending !== null) return { reason: 'late', message: 'the run ends' };
  if (found.copy.member !== member) {
    return { reason: 'unknown', message: `it was given to ${found.copy.member}, not to ${member}` };
  }
  if (found.piece.status !== 'open') {
    return { reason: 'duplicate', message: 'this work has been counted already' };
  }
  if (found.copy.lost && state.config.remembers && hasLaterWork(state, found)) {
    return {
      reason: 'late',
      message: 'its member was given other work meanwhile, from what it remembered before this',
    };
  }
  return undefined;
}

/** Whether the member was given work after this that goes on from what it remembers, as if this did not count. */
function hasLaterWork(state: RoundState, { copy, board }: Found): boolean {
  if (board !== 'window') return false;
  const { number } = numberOf(copy.id);
  return (state.window?.pieces ?? []).some(({ copies }) =>
    copies.some(({ id, member }) => member === copy.member && numberOf(id).number > number),
  );
}

function missing(state: RoundState, assignment: AssignmentId): { reason: DiscardReason; message: string } {
  const { incarnation, number } = numberOf(assignment);
  if (incarnation < state.config.incarnation) {
    return { reason: 'rolled-back', message: 'it was given out before the coordinator was started again' };
  }
  if (incarnation === state.config.incarnation && number < state.assignments) {
    return { reason: 'late', message: 'its round is over, or it was taken back' };
  }
  return { reason: 'unknown', message: 'this coordinator gave out no such assignment' };
}

function win(turn: Turn, { board, index, piece, copy }: Found, winner: Winner): void {
  turn.setPiece(board, index, { status: 'staged', winner });
  if (board === 'window' && isBound(piece.work)) remember(turn, winner);
  for (const other of piece.copies) if (other.id !== copy.id && !other.lost) callOff(turn, other);
}

/** What its rows still teach, for the selection of the next rounds. */
function remember(turn: Turn, { copy, header }: Winner): void {
  const { members, round } = turn.state;
  const { history } = findMember(members, copy.member) ?? {};
  const loss = (header.sums['loss'] ?? 0) / (header.sums['denominator'] || header.examples);
  if (!Number.isFinite(loss)) return;
  const change = { history: { asked: history?.asked ?? 1, last: { round, loss } } };
  turn.set({ members: updateMember(members, copy.member, change) });
}

/** Someone else was quicker. One that let its deadline pass is not waited for again too soon. */
function callOff(turn: Turn, copy: Copy): void {
  const reason = 'another member was quicker';
  turn.emit({ type: 'cancel', assignment: copy.id, member: copy.member, reason });
  const { now, members } = turn.state;
  const member = findMember(members, copy.member);
  if (member === undefined || !isLate(copy, now)) return;
  turn.set({ members: updateMember(members, copy.member, suspect(member, now, now - copy.at)) });
}

/** The piece waits for a member again; `failure` is remembered, so that work that nobody can do ends the run. */
export function giveBack(turn: Turn, found: Found, failure: Failure | undefined): void {
  const { board, index, piece, copy } = found;
  const copies = piece.copies.filter((other) => other.id !== copy.id);
  if (isBound(piece.work) && copies.length === 0) {
    turn.setPieces(
      board,
      turn.pieces(board).filter((_, i) => i !== index),
    );
    if (failure !== undefined) boundFailed(turn, failure);
    return;
  } else {
    const failures =
      failure === undefined ? piece.failures : [...piece.failures, failure].slice(-FAILURES_KEPT);
    turn.setPiece(board, index, { copies, failures });
  }
  if (failure === undefined) return;
  const member = findMember(turn.state.members, failure.member);
  if (member !== undefined && !failure.nonFinite) {
    const change = suspect(member, turn.state.now, FAILURE_PAUSE_MS);
    turn.set({ members: updateMember(turn.state.members, failure.member, change) });
  }
  diagnose(turn, piece.work, [...piece.failures, failure]);
}

/** Nobody else can do work on a member's own rows: it is left out for a while, and the run goes on without it. */
function boundFailed(turn: Turn, failure: Failure): void {
  const { fruitless, now, members } = turn.state;
  const failures = [...fruitless.failures, failure].slice(-FAILURES_KEPT);
  turn.set({ fruitless: { ...fruitless, failures } });
  const member = findMember(members, failure.member);
  if (member === undefined) return;
  turn.set({ members: updateMember(members, failure.member, suspect(member, now, FAILURE_PAUSE_MS)) });
}

/** It is alive: no reason to avoid it for silence. */
export function heardOf(turn: Turn, id: MemberId): void {
  const member = findMember(turn.state.members, id);
  if (member === undefined || member.suspectUntil === null) return;
  turn.set({ members: updateMember(turn.state.members, id, { suspectUntil: null }) });
}

function learnPace(turn: Turn, { board, piece, copy }: Found, event: Update): void {
  if (copy.member !== event.member) return;
  const member = findMember(turn.state.members, event.member);
  if (member === undefined) return;
  const examples = workload(piece.work, member.description.rows);
  const kind = board === 'window' ? 'train' : 'evaluate';
  const pace = observe(member[kind], examples, turn.state.now - copy.at, event.header.computeMs);
  turn.set({ members: updateMember(turn.state.members, event.member, { [kind]: pace, suspicions: 0 }) });
}

/** What a member says of its work is checked as far as the core knows the answer. */
function headerProblem(
  state: RoundState,
  header: UpdateHeader,
  { piece, copy }: Found,
): { readonly message: string; readonly nonFinite: boolean } | undefined {
  const rows = findMember(state.members, copy.member)?.description.rows;
  const own = piece.work.kind === 'evaluate-own' ? rows?.heldOut : rows?.examples;
  const expected = examplesOf(piece.work) ?? own;
  if (expected !== undefined && header.examples !== expected) {
    return { message: `it covers ${header.examples} examples of ${expected}`, nonFinite: false };
  }
  if (!Number.isFinite(header.examples) || header.examples < 0) {
    return { message: `it covers ${header.examples} examples`, nonFinite: false };
  }
  const most = mostSteps(piece.work, header.examples);
  if (header.steps > most) {
    return { message: `it says that it took ${header.steps} steps, of ${most} at most`, nonFinite: false };
  }
  const bad = Object.entries(header.sums).find(([, value]) => !Number.isFinite(value));
  if (bad !== undefined) return { message: `its sum of ${bad[0]} is ${bad[1]}`, nonFinite: true };
  return undefined;
}

/** Optimizer steps that the work can have; personal ones may be counted among them. */
function mostSteps(work: Work, examples: number): number {
  if (work.kind !== 'own') return Number.POSITIVE_INFINITY;
  const { personalEpochs = 0, beside, epochs } = work;
  return ownSteps({ ...work, epochs: epochs + personalEpochs + (beside?.epochs ?? 0) }, examples).steps;
}

function discard(
  turn: Turn,
  event: Update,
  found: Found | undefined,
  reason: DiscardReason,
  message: string,
): void {
  const known =
    found === undefined || reason === 'unknown'
      ? {}
      : { round: turn.state.round, baseVersion: found.copy.version };
  const { assignment, member } = event;
  turn.emit({
    type: 'discard',
    assignment,
    member,
    reason,
    message,
    ...known,
    examples: event.header.examples,
  });
}
