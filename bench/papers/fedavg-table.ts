/** Rows of table 2 of McMahan et al. 2017 ("MNIST CNN, 99 % accuracy"), and what they are here. */
export interface Setting {
  /** E. */
  readonly epochs: number;
  /** B; Infinity: all rows of the participant. */
  readonly batch: number;
  /** Rounds in the paper. */
  readonly paper: Readonly<Record<Split, number>>;
  /** Learning rates that are tried. */
  readonly grid: readonly number[];
  readonly chosen: Readonly<Record<Split, number>>;
}

export type Split = keyof typeof SPLITS;

export const SPLITS = {
  iid: { title: 'IID', partition: 'iid' },
  shards: { title: 'non-IID (2 shards each)', partition: { shards: 2 } },
} as const;

/** A step along the gradient of many rows may be longer. */
const RATES = { few: [0.03, 0.1, 0.3], some: [0.1, 0.3, 1], all: [0.3, 1, 3] };
const ALL = Number.POSITIVE_INFINITY;

/** E = 1 and B = ∞ is FedSGD, which the others are compared with. */
export const FEDSGD: Setting = {
  epochs: 1,
  batch: ALL,
  paper: { iid: 626, shards: 483 },
  grid: RATES.all,
  chosen: { iid: 1, shards: 1 },
};

export const WHOLE: Setting = {
  epochs: 5,
  batch: ALL,
  paper: { iid: 179, shards: 1000 },
  grid: RATES.all,
  chosen: { iid: 1, shards: 0.3 },
};

const ONCE = { epochs: 1, paper: { iid: 34, shards: 350 } };
const FIVE_TIMES = { epochs: 5, paper: { iid: 20, shards: 229 } };

/** B as in the paper: 8 steps an epoch here, 60 there. */
export const SAME_BATCH: readonly Setting[] = [
  { ...ONCE, batch: 10, grid: RATES.some, chosen: { iid: 0.3, shards: 0.3 } },
  { ...FIVE_TIMES, batch: 10, grid: RATES.some, chosen: { iid: 0.3, shards: 0.3 } },
];

/** B for about as many steps as in the paper: 36 an epoch. */
export const SAME_STEPS: readonly Setting[] = [
  { ...ONCE, batch: 2, grid: RATES.few, chosen: { iid: 0.3, shards: 0.3 } },
  { ...FIVE_TIMES, batch: 2, grid: RATES.few, chosen: { iid: 0.1, shards: 0.3 } },
];
