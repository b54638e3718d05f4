import type { Clock, Timer } from '../shared/protocol/clock.ts';
import { advance, type RoundState } from './rounds/core.ts';
import type { Effect, Event } from './rounds/types.ts';

/** An event as it is told: the loop dates it. */
export type Undated = Event extends infer Each ? (Each extends Event ? Omit<Each, 'at'> : never) : never;

/** An effect that is a deed of the shell's; the loop sees to its own timer. */
export type Deed = Exclude<Effect, { type: 'timer' }>;

/** What a timer can wait for; a tick that comes early does no harm. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Gives the round core one dated event after the other, and its effects, in order, to whoever carries them out. */
export class RoundLoop {
  private readonly events: Event[] = [];
  private timer: Timer | undefined;
  private advancing = false;

  /**
   * @param perform may cause events: they wait until the turn is over
   * @param fault of the program: nothing that comes from outside gets this far
   */
  constructor(
    private current: RoundState,
    private readonly clock: Clock,
    private readonly perform: (effect: Deed, state: RoundState) => void,
    private readonly fault: (error: Error) => void,
  ) {}

  get state(): RoundState {
    return this.current;
  }

  happened(event: Undated): void {
    this.events.push({ ...event, at: this.clock.now() });
    if (this.advancing) return;
    this.advancing = true;
    try {
      for (let next = this.events.shift(); next; next = this.events.shift()) {
        const { state, effects } = advance(this.current, next);
        this.current = state;
        for (const effect of effects) {
          if (effect.type === 'timer') this.wake(effect.at);
          else this.perform(effect, state);
        }
      }
    } catch (error) {
      this.events.length = 0;
      this.fault(error as Error);
    } finally {
      this.advancing = false;
    }
  }

  /** No tick comes any more. */
  stop(): void {
    this.clock.clearTimeout(this.timer);
  }

  private wake(at: number): void {
    this.clock.clearTimeout(this.timer);
    this.timer = this.clock.setTimeout(
      () => this.happened({ type: 'tick' }),
      Math.min(LONGEST_TIMER_MS, Math.max(0, at - this.clock.now())),
    );
  }
}
