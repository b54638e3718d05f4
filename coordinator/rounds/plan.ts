import { findMember } from '../membership/members.ts';
import { isCandidate } from '../membership/roster.ts';
import type { Piece } from '../strategies/strategy.ts';
import { busyMembers } from './pieces.ts';
import type { RoundState } from './state.ts';
import type { Cursor } from './types.ts';

/** A strategy broke its contract: an error in the program, not in a job. */
export class StrategyError extends Error {
  override readonly name = 'StrategyError';
}

/**
 * Checks that a plan takes the positions that come next, each once, and gives each member one piece at most.
 *
 * @returns the cursor after it
 * @throws StrategyError
 */
export function checkPlan(state: RoundState, pieces: readonly Piece[]): Cursor {
  const fail = (what: string): never => {
    throw new StrategyError(`strategy ${state.config.strategy.name}, round ${state.round}: ${what}`);
  };
  const busy = busyMembers(state);
  const given = new Set<string>();
  for (const { member: id } of pieces) {
    const member = findMember(state.members, id);
    if (member === undefined || !isCandidate(member) || busy.has(id) || given.has(id)) {
      fail(`${id} is busy, absent, or was given two pieces`);
    }
    given.add(id);
  }
  const { cursor, config } = state;
  const ranges = pieces
    .map((piece) => piece.work)
    .flatMap((work) => ('start' in work ? [work] : []))
    .sort((a, b) => a.start - b.start);
  let position = cursor.position;
  for (const range of ranges) {
    if (range.kind === 'evaluate') fail('evaluation is not planned by strategies');
    if (range.kind !== 'evaluate' && range.epoch !== cursor.epoch) fail(`epoch ${range.epoch} is not due`);
    if (range.start !== position || range.end <= range.start || range.end > config.examples) {
      fail(`positions ${range.start} to ${range.end} do not follow on ${position} of ${config.examples}`);
    }
    position = range.end;
  }
  return position >= config.examples
    ? { epoch: cursor.epoch + 1, position: 0 }
    : { epoch: cursor.epoch, position };
}
