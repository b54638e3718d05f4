import type { Row } from '../row.ts';
import { type Spread, spreadOf } from '../spread.ts';
import type { BenchContext } from '../suite.ts';
import { digitsJob } from './digits.ts';
import { FEDSGD, SAME_BATCH, SAME_STEPS, type Setting, SPLITS, type Split, WHOLE } from './fedavg-table.ts';
import { pairsInOrder } from './order.ts';
import { type Course, curvesOf } from './race.ts';
import { missed, reached } from './trial.ts';

const TARGET = 0.95;
const COURSE: Course = { rounds: 250, target: TARGET, cost: (curve) => reached(curve, TARGET).round };
const PAPER = { name: 'McMahan et al. 2017, table 2', version: '(MNIST, CNN, 99 %)' };
const DIFFERENCE =
  '1,438 images of 8x8 on 20 participants, 10 of them a round, and a network of 4,810 parameters; the paper has 60,000 of 28x28 on 100, 10 a round, and 1.7 M parameters.';

interface Measured {
  readonly setting: Setting;
  readonly rounds: Spread;
  /** What must be said of the runs. */
  readonly remark: string;
}

/** Table 2 of McMahan et al. 2017 for digits: rounds to a target over E and B, IID and not. */
export async function fedavgRows(context: BenchContext): Promise<Row[]> {
  const rows: Row[] = [];
  for (const split of context.short ? (['iid'] as const) : (Object.keys(SPLITS) as Split[])) {
    const measured = async (settings: readonly Setting[]): Promise<Measured[]> => {
      const all: Measured[] = [];
      for (const setting of settings) all.push(await measure(setting, split, context));
      return all;
    };
    const [fedsgd, whole] = (await measured([FEDSGD, WHOLE])) as [Measured, Measured];
    const batches = await measured(SAME_BATCH);
    const steps = await measured(SAME_STEPS);
    const all = [fedsgd, whole, ...batches, ...steps];
    rows.push(...all.map((each) => roundsRow(each, split)));
    rows.push(...all.slice(1).map((each) => speedRow(each, fedsgd, split)));
    rows.push(
      orderRow([fedsgd, whole, ...batches], split, 'batches', context),
      orderRow([fedsgd, whole, ...steps], split, 'steps', context),
    );
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
          strategy: setting === FEDSGD ? 'fedsgd' : { fedavg: { epochs } },
          rate,
          rounds,
          seed,
          // Infinity: more than a participant has.
          batch: Math.min(batch, 2_000),
          clients: 20,
          participants: 10,
          partition: SPLITS[split].partition,
        }),
    },
    COURSE,
    context,
  );
  return { setting, rounds: spreadOf(curves.map(COURSE.cost)), remark: missed(curves, TARGET, 'Ours') };
}

function titleOf(setting: Setting, split: Split): string {
  const { epochs, batch } = setting;
  const name = setting === FEDSGD ? 'FedSGD' : 'FedAvg';
  return `digits, ${SPLITS[split].title}: ${name}, E ${epochs}, B ${Number.isFinite(batch) ? batch : '∞'}`;
}

/** B of another size here stands beside the paper's 10. */
function paperOf({ batch }: Setting) {
  return Number.isFinite(batch) && batch !== 10 ? { ...PAPER, version: `${PAPER.version}, B 10` } : PAPER;
}

function roundsRow({ setting, rounds, remark }: Measured, split: Split): Row {
  return {
    name: `${titleOf(setting, split)}: rounds to 95 %`,
    unit: 'rounds',
    ours: rounds,
    peer: { ...paperOf(setting), spread: spreadOf([setting.paper[split]]) },
    bound: `the steps that it takes. ${DIFFERENCE}${remark}`,
  };
}

function speedRow({ setting, rounds }: Measured, fedsgd: Measured, split: Split): Row {
  return {
    name: `${titleOf(setting, split)}: speed-up against FedSGD`,
    unit: 'times',
    ours: spreadOf([fedsgd.rounds.median / rounds.median]),
    peer: { ...paperOf(setting), spread: spreadOf([FEDSGD.paper[split] / setting.paper[split]]) },
    bound: `steps of a participant between two exchanges, times their length: 72 rows of each here, 600 there. ${DIFFERENCE}`,
  };
}

/** Of all pairs of settings, those of which the same one is quicker as in the paper. */
function orderRow(
  all: readonly Measured[],
  split: Split,
  same: 'batches' | 'steps',
  { short }: BenchContext,
): Row {
  const pairs = (all.length * (all.length - 1)) / 2;
  const found = pairsInOrder(
    all.map(({ rounds }) => rounds.median),
    all.map(({ setting }) => setting.paper[split]),
  );
  const batch = same === 'batches' ? 'B 10 as there' : 'B 2 for about as many steps as there';
  return {
    name: `digits, ${SPLITS[split].title}, ${batch}: pairs of settings in the paper's order`,
    unit: `of ${pairs}`,
    ours: spreadOf([found]),
    target: short ? undefined : { of: 'ours', least: pairs },
    bound: ORDER[split][same],
  };
}

/** By the settings of which B is finite. */
const ORDER: Readonly<Record<Split, Readonly<Record<'batches' | 'steps', string>>>> = {
  iid: {
    batches:
      'rows: an epoch of B 10 has 8 steps here and 60 there, which is hardly more than the 5 longer ones of E 5, B ∞.',
    steps: 'the more local steps, the fewer rounds.',
  },
  shards: {
    batches:
      'local steps against drift; in the paper, too, E 5, B ∞ is slower than FedSGD, whose direction is that of all.',
    steps:
      'drift: 180 steps of E 5 on 72 rows of two digits lead no nearer to the optimum of all than the 36 of E 1 do.',
  },
};
