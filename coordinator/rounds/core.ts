import type { RoundConfig } from './config.ts';
import { freshState } from './fresh.ts';
import { handle } from './handle.ts';
import { progress } from './progress.ts';
import type { RoundState } from './state.ts';
import { Turn } from './turn.ts';
import type { Effect, Event } from './types.ts';

export type { RoundConfig } from './config.ts';
export type { RoundState } from './state.ts';

export interface Advance {
  readonly state: RoundState;
  /** To be carried out in this order. */
  readonly effects: readonly Effect[];
}

/** The state before the `start` event: of a new run, or of one that goes on from `config.resume`. */
export function initialState(config: RoundConfig): RoundState {
  return freshState(config);
}

/**
 * One turn of the loop: what is to be done now that this event happened. Pure: the same state and event give the same answer, and
 * the state given is not changed. An event that means nothing (any more) changes nothing.
 *
 * @throws StrategyError when a strategy breaks its contract, which is an error in the program
 */
export function advance(state: RoundState, event: Event): Advance {
  if (state.status === 'finished') return { state, effects: afterEnd(event) };
  const turn = new Turn(state, Math.max(state.now, event.at));
  handle(turn, event);
  progress(turn);
  return { state: turn.state, effects: turn.effects };
}

/** What arrives after the end must be freed all the same. */
function afterEnd(event: Event): readonly Effect[] {
  if (event.type !== 'update') return [];
  const { assignment, member, header } = event;
  const message = 'the run has ended';
  return [{ type: 'discard', assignment, member, reason: 'late', message, examples: header.examples }];
}
