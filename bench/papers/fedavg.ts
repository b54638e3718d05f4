import type { Row } from '../row.ts';
import { type Spread, spreadOf } from '../spread.ts';
import type { BenchContext } from '../suite.ts';
import { digitsJob } from './digits.ts';
import { pairsInOrder } from './order.ts';
import { type Course, curvesOf } from './race.ts';
import { missed, reached } from './trial.ts';

/** A row of table 2 of McMahan et al. 2017: "MNIST CNN, 99 % accuracy". */
interface Setting {
  readonly epochs: number;
  /** Infinity: all rows of the participant. */
  readonly batch: number;
  /** Rounds in the paper. */
  readonly paper: Readonly<Record<Split, number>>;
  /** Learning rates that are tried: what many rows agree on may step further. */
  readonly grid: readonly number[];
  readonly chosen: Readonly<Record<Split, number>>;
}

type Split = keyof typeof SPLITS;

const SPLITS = {
  iid: { title: 'IID', partition: 'iid' },
  shards: { title: 'non-IID (2 shards each)', partition: { shards: 2 } },
} as const;

const SMALL = [0.1, 0.3, 1];
const LARGE = [0.3, 1, 3];
/** The first is FedSGD, which the others are compared with. */
const SETTINGS: readonly [Setting, ...Setting[]] = [
  {
    epochs: 1,
    batch: Number.POSITIVE_INFINITY,
    paper: { iid: 626, shards: 483 },
    grid: LARGE,
    chosen: { iid: 1, shards: 1 },
  },
  {
    epochs: 5,
    batch: Number.POSITIVE_INFINITY,
    paper: { iid: 179, shards: 1000 },
    grid: LARGE,
    chosen: { iid: 1, shards: 0.3 },
  },
  { epochs: 1, batch: 10, paper: { iid: 34, shards: 350 }, grid: SMALL, chosen: { iid: 0.3, shards: 0.3 } },
  { epochs: 5, batch: 10, paper: { iid: 20, shards: 229 }, grid: SMALL, chosen: { iid: 0.3, shards: 0.3 } },
];

/** More rows than a participant has. */
const ALL = 2_000;
const TARGET = 0.95;
const CLIENTS = 20;
const COURSE: Course = { rounds: 250, target: TARGET, cost: (curve) => reached(curve, TARGET).round };
const DIFFERENCE =
  '1,438 images of 8x8 on 20 participants, 10 a round, and a network of 4,810 parameters, where the paper has 60,000 of 28x28 on 100, 10 a round, and a CNN of 1.7 M: with B 10 an epoch has 8 steps here, 60 there.';

const PAPER = { name: 'McMahan et al. 2017, table 2', version: '(MNIST, CNN, 99 %)' };

const ORDER: Readonly<Record<Split, string>> = {
  iid: 'the more local steps, the fewer rounds.',
  shards: 'the same, against drift.',
};

interface Measured {
  readonly setting: Setting;
  readonly rounds: Spread;
  readonly late: string;
}

/** Table 2 of McMahan et al. 2017 for digits: rounds to a target over E and B, IID and not. */
export async function fedavgRows(context: BenchContext): Promise<Row[]> {
  const rows: Row[] = [];
  for (const split of Object.keys(SPLITS) as Split[]) {
    const all: Measured[] = [];
    for (const setting of SETTINGS) all.push(await measure(setting, split, context));
    const [base, ...others] = all as [Measured, ...Measured[]];
    rows.push(...all.map((measured) => roundsRow(measured, split)));
    rows.push(...others.map((other) => speedRow(other, base, split)));
    rows.push(orderRow(all, split, context.short));
  }
  return rows;
}

async function measure(setting: Setting, split: Split, context: BenchContext): Promise<Measured> {
  const { epochs, batch, grid, chosen } = setting;
  const curves = await curvesOf(
    {
      title: titleOf(setting, split),
      grid,
      chosen: chosen[split],
      job: (rate, seed, rounds) =>
        digitsJob({
          strategy: epochs === 1 && batch === Number.POSITIVE_INFINITY ? 'fedsgd' : { fedavg: { epochs } },
          rate,
          rounds,
          seed,
          batch: Math.min(batch, ALL),
          clients: CLIENTS,
          participants: 10,
          partition: SPLITS[split].partition,
        }),
    },
    COURSE,
    context,
  );
  return { setting, rounds: spreadOf(curves.map(COURSE.cost)), late: missed(curves, TARGET, 'Ours') };
}

function titleOf({ epochs, batch }: Setting, split: Split): string {
  const name = epochs === 1 && batch === Number.POSITIVE_INFINITY ? 'FedSGD' : 'FedAvg';
  const size = batch === Number.POSITIVE_INFINITY ? '∞' : String(batch);
  return `digits, ${SPLITS[split].title}: ${name}, E ${epochs}, B ${size}`;
}

function roundsRow({ setting, rounds, late }: Measured, split: Split): Row {
  return {
    name: `${titleOf(setting, split)}: rounds to 95 %`,
    unit: 'rounds',
    ours: rounds,
    peer: { ...PAPER, spread: spreadOf([setting.paper[split]]) },
    bound: `the steps that it takes. ${DIFFERENCE}${late}`,
  };
}

function speedRow(other: Measured, base: Measured, split: Split): Row {
  return {
    name: `${titleOf(other.setting, split)}: speed-up against FedSGD`,
    unit: 'times',
    ours: spreadOf([base.rounds.median / other.rounds.median]),
    peer: { ...PAPER, spread: spreadOf([base.setting.paper[split] / other.setting.paper[split]]) },
    bound: `local steps between two exchanges. ${DIFFERENCE}`,
  };
}

/** Of all pairs of settings, those of which the same one is quicker as in the paper. */
function orderRow(all: readonly Measured[], split: Split, short: boolean): Row {
  const pairs = (all.length * (all.length - 1)) / 2;
  const found = pairsInOrder(
    all.map(({ rounds }) => rounds.median),
    all.map(({ setting }) => setting.paper[split]),
  );
  return {
    name: `digits, ${SPLITS[split].title}: pairs of settings that are in the paper's order`,
    unit: `of ${pairs}`,
    ours: spreadOf([found]),
    target: short ? undefined : { of: 'ours', least: pairs },
    bound: ORDER[split],
  };
}
