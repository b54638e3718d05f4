import type { Clock } from '../shared/protocol/clock.ts';
import type { CoordinatedRun } from './run/description.ts';
import type { RunStore } from './store/store.ts';

export interface CoordinatorOptions {
  readonly description: CoordinatedRun;
  readonly store: RunStore;
  /** What members must show. */
  readonly token: string;
  readonly clock?: Clock;
  /** By which connections are watched; `clock` when left out. In a simulation nobody is silent by chance. */
  readonly connectionClock?: Clock;
  /** What of the rows may have brought divergence about: asked for when it has come to that. */
  readonly suspicions?: () => readonly string[];
  /** Warnings and notices for the log. */
  readonly log?: (level: 'info' | 'warn' | 'error', message: string, facts?: Record<string, unknown>) => void;
}
