/** Something that takes training steps and times each of them. */
export interface Stepper {
  readonly name: string;
  readonly version: string;
  /** Milliseconds of each of `count` steps. */
  time(count: number): Promise<number[]>;
  close(): Promise<void>;
}

/** Times `step` so many times. */
export async function timed(count: number, step: () => Promise<void> | void): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const startedAt = performance.now();
    await step();
    times.push(performance.now() - startedAt);
  }
  return times;
}
