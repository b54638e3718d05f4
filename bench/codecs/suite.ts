import type { Row } from '../row.ts';
import { type Spread, spreadOf } from '../spread.ts';
import type { BenchContext, Suite } from '../suite.ts';
import { train } from './accuracy.ts';
import { downRows } from './down.ts';
import { FLOATS, ThroughputBench } from './throughput.ts';
import { type BenchWire, WIRES } from './wires.ts';

const SIZE = `${(FLOATS / 1e6).toFixed(1)} M parameters`;
const EPOCHS = 12;

/** Of each encoding: what it takes, how fast it is made and summed, and what it costs in accuracy. */
export const codecSuite: Suite = {
  name: 'codecs',
  about: 'encodings of updates and of weights: bytes, speed beside a plain copy, accuracy on digits',
  async run(context) {
    return [
      ...(await throughputRows(context)),
      ...(await accuracyRows(context)),
      ...(await downRows(context, EPOCHS)),
    ];
  },
};

async function throughputRows({ short, say }: BenchContext): Promise<Row[]> {
  const bench = new ThroughputBench();
  const rows: Row[] = [];
  let exact: Spread | undefined;
  for (const wire of WIRES) {
    say(`${SIZE} as ${wire.title}`);
    const { bytes, encode, add, copy } = await bench.measure(wire, short ? 5 : 30);
    const size = spreadOf([bytes / 1e6]);
    exact ??= size;
    const peer = { name: 'plain copy', version: 'of the same floats', spread: spreadOf(copy) };
    const name = `update of ${SIZE} as ${wire.title}`;
    rows.push(
      {
        name: `${name}: size`,
        unit: 'MB',
        ours: size,
        peer: { name: 'f32', version: 'of the same update', spread: exact },
        bound: 'the layout of the encoding; biases travel as f32 from int8 on.',
      },
      {
        name: `${name}: encoding`,
        unit: 'GB/s of float32',
        ours: spreadOf(encode),
        peer,
        bound: BOUNDS[wire.up.kind].encode,
      },
      {
        name: `${name}: adding to the sum`,
        unit: 'GB/s of float32',
        ours: spreadOf(add),
        peer,
        bound: BOUNDS[wire.up.kind].add,
      },
    );
  }
  return rows;
}

const MEMORY = 'memory: the sum is read and written once, through scratch memory that stays in the cache.';
const COPIES =
  'memory: each chunk is written into scratch memory, and from there into bytes that can be sent.';
const SCATTER = 'few numbers, each at a place of its own in memory.';

const BOUNDS: Readonly<Record<BenchWire['up']['kind'], { readonly encode: string; readonly add: string }>> = {
  f32: { encode: COPIES, add: MEMORY },
  f16: { encode: 'rounding in SIMD, four numbers at a time.', add: MEMORY },
  bf16: { encode: COPIES, add: MEMORY },
  int8: {
    encode: 'ten rounds of Philox for every eight numbers: stochastic rounding draws 16 bits each.',
    add: MEMORY,
  },
  'top-k': {
    encode: 'two passes: a histogram of exponents, then the numbers above its threshold.',
    add: SCATTER,
  },
  'random-k': { encode: 'few numbers, drawn from a generator.', add: SCATTER },
  sign: { encode: 'one pass over the numbers, 32 to a word.', add: MEMORY },
};

async function accuracyRows({ short, say, folder }: BenchContext): Promise<Row[]> {
  const rows: Row[] = [];
  const epochs = short ? 2 : EPOCHS;
  let exact: Spread | undefined;
  for (const wire of WIRES) {
    say(`digits as ${wire.title}`);
    const found: number[] = [];
    for (const seed of short ? [1] : [1, 2, 3]) {
      found.push((await train(wire, folder, epochs, seed)).accuracy);
    }
    const ours = spreadOf(found);
    exact ??= ours;
    rows.push({
      name: `digits, SGD, three members, ${epochs} epochs, updates as ${wire.title}: accuracy`,
      unit: '%',
      ours,
      peer: { name: 'f32', version: 'of the same rounds', spread: exact },
      bound: wire.rate
        ? `steps of ±${wire.rate}: signs say nothing of the size.`
        : 'what the encoding loses.',
    });
  }
  return rows;
}
