import { NO_FLOWER } from '../peers/flower.ts';
import type { Peer, Row, Target } from '../row.ts';
import { spreadOf } from '../spread.ts';
import { MEMBERS, type ServerFigures, type ServerSize, type Servers, type WireName } from './servers.ts';

const FASTER: Target = { of: 'ratio', least: 3 };
const SMALLER: Target = { of: 'ratio', most: 1 / 3 };

const WIRES: Readonly<Record<WireName, { readonly title: string; readonly bound: string }>> = {
  f32: {
    title: 'f32',
    bound:
      'the server’s one thread: HTTP/2 and the kernel’s copies, each update checked for NaN and added in one pass, booked; members share the cores with it, so ours speak HTTP/2 on bare sockets. Flower’s is its `start_server`: gRPC in C++, a thread for each client, several copies of each update on its way to an array; its one interpreter is busy all the time (see its processor time), so that lighter clients would not speed it up.',
  },
  int8: {
    title: 'weights as f16 and updates as int8 (Flower: f32)',
    bound:
      'as with f32, of three eighths of the bytes; with 60 k parameters the messages and books of an update are most of it.',
  },
};

export function serverRows({ title }: ServerSize, { ours, flower }: Servers): Row[] {
  const row = (
    wire: WireName,
    what: string,
    unit: string,
    values: (figures: ServerFigures) => readonly number[],
    rest: { readonly bound: string; readonly target?: Target },
  ): Row => ({
    name: `${what}, ${MEMBERS} members on loopback, ${title}, ${WIRES[wire].title}`,
    unit,
    ours: spreadOf(values(ours[wire])),
    peer: peer(flower, values),
    ...rest,
  });
  return (['f32', 'int8'] as const).flatMap((wire) => [
    row(wire, 'coordinator’s updates in a second', '1/s', ({ updates }) => updates, {
      bound: WIRES[wire].bound,
      target: FASTER,
    }),
    row(wire, 'coordinator’s bytes in a second', 'MB/s', ({ bytes }) => bytes.map((value) => value / 1e6), {
      bound: 'as for updates: weights down and updates up together, as they are encoded.',
      // Fewer bytes are the point of int8.
      ...(wire === 'f32' && { target: FASTER }),
    }),
    row(wire, 'coordinator’s processor time for an update', 'ms', ({ processor }) => processor, {
      bound:
        'all threads of the server’s process: what another member costs where members run on other machines.',
    }),
    row(
      wire,
      'coordinator’s peak resident memory',
      'MiB',
      ({ memory }) => memory.map((value) => value / 2 ** 20),
      {
        bound:
          'Node with its compiled code and native libraries (about 90 MiB, more than a third of Flower’s with a small model); then weights, sums, two encoded versions, and at most 64 MiB of staged updates beside the next one. Flower keeps every client’s update until the round ends.',
        target: SMALLER,
      },
    ),
  ]);
}

function peer(
  figures: ServerFigures | undefined,
  values: (figures: ServerFigures) => readonly number[],
): Peer {
  if (!figures) return { name: 'Flower', version: null, why: NO_FLOWER };
  return { name: 'Flower server', version: figures.version, spread: spreadOf(values(figures)) };
}
