/** Handle of a timer; its kind is the clock's own business. */
export type Timer = unknown;

/** Where time comes from: the system, or a simulation that moves it on by itself. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  setTimeout(run: () => void, milliseconds: number): Timer;
  clearTimeout(timer: Timer | undefined): void;
  /** Virtual time stands still until this work, on a real disk or engine, is settled; real time does not care. */
  hold?(work: Promise<unknown>): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, milliseconds) => globalThis.setTimeout(run, milliseconds),
  clearTimeout: (timer) => globalThis.clearTimeout(timer as ReturnType<typeof globalThis.setTimeout>),
};
