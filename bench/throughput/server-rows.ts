import { NO_FLOWER } from '../peers/flower.ts';
import type { Peer, Row, Target } from '../row.ts';
import { spreadOf } from '../spread.ts';
import { MEMBERS, type ServerFigures, type ServerSize, type Servers } from './servers.ts';

const FASTER: Target = { of: 'ratio', least: 3 };
const SMALLER: Target = { of: 'ratio', most: 1 / 3 };

const WIRE =
  'the server’s one thread: HTTP/2 in JavaScript, each update checked for NaN, added in one pass, booked. Members share the two cores with it. Flower’s is its `start_server`: gRPC in C++ with a thread for each client, and a copy of the update for each step from message to array.';

export function serverRows({ title }: ServerSize, servers: Servers): Row[] {
  const row = (
    what: string,
    unit: string,
    values: (figures: ServerFigures) => readonly number[],
    bound: string,
    target?: Target,
  ): Row => ({
    name: `${what}, ${MEMBERS} members on loopback, ${title}, f32`,
    unit,
    ours: spreadOf(values(servers.ours)),
    peer: peer(servers.flower, values),
    target,
    bound,
  });
  return [
    row('coordinator’s updates in a second', '1/s', ({ updates }) => updates, WIRE, FASTER),
    row(
      'coordinator’s bytes in a second',
      'MB/s',
      ({ bytes }) => bytes.map((value) => value / 1e6),
      'as for updates: weights down and updates up together.',
      FASTER,
    ),
    row(
      'coordinator’s processor time for an update',
      'ms',
      ({ processor }) => processor,
      'all threads of the server’s process; it says what another member costs where members run elsewhere.',
    ),
    row(
      'coordinator’s peak resident memory',
      'MiB',
      ({ memory }) => memory.map((value) => value / 2 ** 20),
      'Node with its compiled code and native libraries; then weights, sums, two encoded versions, and at most 64 MiB of staged updates. Flower keeps every client’s update until the round ends.',
      SMALLER,
    ),
  ];
}

function peer(
  figures: ServerFigures | undefined,
  values: (figures: ServerFigures) => readonly number[],
): Peer {
  if (!figures) return { name: 'Flower', version: null, why: NO_FLOWER };
  return { name: 'Flower server', version: figures.version, spread: spreadOf(values(figures)) };
}
