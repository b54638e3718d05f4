/** Federated averaging over clients that hold a few digits each, as both sides simulate it. */
export interface SimulationSettings {
  readonly clients: number;
  /** Of them in a round. */
  readonly participants: number;
  readonly rounds: number;
  /** Rounds at the start that are not measured: engines load, code is compiled. */
  readonly warmUp: number;
  /** E: passes over a client's own rows. */
  readonly epochs: number;
  /** B: examples of one step. */
  readonly batch: number;
  readonly learningRate: number;
  /** Share of the rows on which the last version is measured. */
  readonly heldOut: number;
  readonly seed: number;
}

/** Half a minute or so of Flower's on two cores. */
export function settingsOf(short: boolean): SimulationSettings {
  return {
    clients: 100,
    participants: 10,
    rounds: short ? 15 : 60,
    warmUp: short ? 3 : 10,
    epochs: 5,
    batch: 10,
    learningRate: 0.1,
    heldOut: 0.2,
    seed: 7,
  };
}

/** What either side measured. */
export interface SimulationMeasured {
  /** Milliseconds of each round after the warm-up. */
  readonly rounds: readonly number[];
  /** Milliseconds of processor time for an update, of all its processes. */
  readonly processor: number;
  /** Seconds from the start of the program to the first round. */
  readonly start: number;
  /** Of the last version, on the rows that are held out. */
  readonly accuracy: number;
  readonly parameters: number;
  /** Largest memory of all its processes together, in bytes. */
  readonly memory: number;
}
