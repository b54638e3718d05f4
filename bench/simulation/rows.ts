import { NO_FLOWER } from '../peers/flower.ts';
import type { Peer, Row, Target } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { FlowerSimulation } from './flower.ts';
import type { SimulationMeasured, SimulationSettings } from './settings.ts';

const FASTER: Target = { of: 'ratio', least: 5 };

export function simulationRows(
  settings: SimulationSettings,
  ours: readonly SimulationMeasured[],
  theirs: readonly FlowerSimulation[],
): Row[] {
  const { clients, participants, epochs, batch } = settings;
  const { parameters } = ours[0]!;
  const what = `${clients} clients with a CNN of ${(parameters / 1000).toFixed(0)} k parameters, ${participants} a round, ${epochs} epochs of batches of ${batch}`;
  const row = (
    title: string,
    unit: string,
    values: (measured: SimulationMeasured) => readonly number[],
    rest: { readonly bound: string; readonly target?: Target },
  ): Row => ({
    name: `${title}, ${what}`,
    unit,
    ours: spreadOf(ours.flatMap(values)),
    peer: peer(theirs, values),
    ...rest,
  });
  return [
    row(
      'simulated client updates in a second',
      '1/s',
      ({ rounds }) => rounds.map((milliseconds) => (participants / milliseconds) * 1000),
      {
        bound:
          'the gradients themselves, one engine with one thread for each core, and what coordinator and sessions cost an update. Flower’s: two clients at once with one thread of PyTorch each (`num_cpus: 1`), a message through Ray for each, and a server that looks for answers every tenth of a second.',
        target: FASTER,
      },
    ),
    row('simulation, processor time for an update', 'ms', ({ processor }) => [processor], {
      bound:
        'ten steps on at most ten digits, forward and back, in ONNX Runtime or PyTorch, and what goes with them: messages, models made and copied, Ray.',
    }),
    row('simulation, memory of all processes', 'MiB', ({ memory }) => [memory / 2 ** 20], {
      bound:
        'ours: one process, its largest resident memory. Flower’s: the sum over server, Ray and clients, what they share counted once.',
      target: { of: 'ratio', most: 1 },
    }),
    row('simulation, from the start to the first round', 's', ({ start }) => [start], {
      bound: 'loading the programs; ours includes the first round.',
    }),
    row('simulation, accuracy on held-out rows at the end', '%', ({ accuracy }) => [100 * accuracy], {
      bound:
        'the same rows, partition and settings; initial weights, and who is drawn in which round, differ.',
    }),
  ];
}

function peer(
  theirs: readonly FlowerSimulation[],
  values: (measured: SimulationMeasured) => readonly number[],
): Peer {
  const [first] = theirs;
  if (!first) return { name: 'Flower', version: null, why: NO_FLOWER };
  const { version, ray, torch } = first;
  return {
    name: 'Flower simulation',
    version: `${version}, Ray ${ray}, PyTorch ${torch}`,
    spread: spreadOf(theirs.flatMap(values)),
  };
}
