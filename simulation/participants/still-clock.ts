import type { Clock } from '../../shared/protocol/clock.ts';

/**
 * The clock of virtual connections: tells the time, and never rings. In memory nobody falls silent by chance, and the heartbeats of ten
 * thousand participants over a virtual week would be billions of messages.
 */
export function stillClock(clock: Clock): Clock {
  return { now: () => clock.now(), setTimeout: () => undefined, clearTimeout: () => undefined };
}
