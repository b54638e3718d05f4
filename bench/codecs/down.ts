import type { Row } from '../row.ts';
import { type Spread, spreadOf } from '../spread.ts';
import type { BenchContext } from '../suite.ts';
import { type Trained, train } from './accuracy.ts';
import { WAYS_DOWN } from './wires.ts';

/** Of the weights whole and as deltas: what a round brings to each member, and the accuracy in the end. */
export async function downRows(
  { short, say, folder }: BenchContext,
  fullEpochs: number,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const epochs = short ? 2 : fullEpochs;
  let exact: { readonly bytes: Spread; readonly accuracy: Spread } | undefined;
  for (const wire of WAYS_DOWN) {
    say(`digits, weights as ${wire.title}`);
    const runs: Trained[] = [];
    for (const seed of short ? [1] : [1, 2, 3]) {
      runs.push(await train(wire, `${folder}/down`, epochs, seed));
    }
    const bytes = spreadOf(runs.map(({ bytesDown }) => bytesDown / 1e3));
    const accuracy = spreadOf(runs.map((run) => run.accuracy));
    exact ??= { bytes, accuracy };
    const name = `digits, SGD, three members, ${epochs} epochs, weights as ${wire.title}`;
    rows.push(
      {
        name: `${name}: down to a member in a round`,
        unit: 'kB',
        ours: bytes,
        peer: { name: 'f32', version: 'of the same rounds', spread: exact.bytes },
        bound: 'the layout of the encoding, and about 0.2 kB of messages.',
      },
      {
        name: `${name}: accuracy`,
        unit: '%',
        ours: accuracy,
        peer: { name: 'f32', version: 'of the same rounds', spread: exact.accuracy },
        bound: 'what the encoding of one change loses.',
      },
    );
  }
  return rows;
}
