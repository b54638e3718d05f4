import { flowerServer } from '../peers/flower.ts';
import { runCluster } from '../rounds/cluster.ts';
import type { BenchContext } from '../suite.ts';

/** Members on loopback, in two processes. */
export const MEMBERS = 8;

export interface ServerSize {
  readonly title: string;
  /** Units of the two hidden layers: they set the number of parameters. */
  readonly hidden: readonly [number, number];
  readonly rounds: { readonly whole: number; readonly short: number };
  /** Rounds at the start in which everyone joins, code is compiled and buffers grow. */
  readonly warmUp: { readonly whole: number; readonly short: number };
}

/** What was measured of one server, over all turns. */
export interface ServerFigures {
  readonly version: string;
  /** Updates taken in a second, by round. */
  readonly updates: readonly number[];
  /** Bytes in a second, weights down and updates up, by round. */
  readonly bytes: readonly number[];
  /** Milliseconds of the server's processor time for an update, by round. */
  readonly processor: readonly number[];
  /** Largest resident memory of the server's process in bytes, by turn. */
  readonly memory: readonly number[];
}

/** How weights and updates travel to and from our members; Flower has float32 alone. */
export const WIRES = {
  f32: { wire: 'f32' },
  int8: { wire: 'f16', up: 'int8' },
} as const;

export type WireName = keyof typeof WIRES;

const WIRE_NAMES = Object.keys(WIRES) as readonly WireName[];

export interface Servers {
  readonly ours: Readonly<Record<WireName, ServerFigures>>;
  /** Undefined where Flower is not installed. */
  readonly flower: ServerFigures | undefined;
}

interface Turn {
  readonly rounds: readonly number[];
  readonly cpu: readonly number[];
  readonly bytesPerRound: number;
  readonly peakMemory: number;
  readonly version: string;
}

/** Both servers in turns, with as many members that answer at once. */
export async function measureServers(
  { title, hidden, rounds: goes, warmUp: before }: ServerSize,
  { short, say, folder }: BenchContext,
  python: string | undefined,
): Promise<Servers> {
  const length = short ? 'short' : 'whole';
  const warmUp = before[length];
  const rounds = warmUp + goes[length];
  const ours: Record<WireName, Turn[]> = { f32: [], int8: [] };
  const flower: Turn[] = [];
  for (let turn = 0; turn < (short ? 1 : 3); turn++) {
    let floats = 0;
    for (const name of WIRE_NAMES) {
      say(`coordinator, ${MEMBERS} members, ${title}, ${name}`);
      const measured = await runCluster({
        ...{ folder, tls: false, rounds, members: MEMBERS, hidden, commitEvery: rounds },
        ...WIRES[name],
        participants: MEMBERS,
        lean: true,
      });
      ours[name].push({ ...measured, version: '' });
      ({ floats } = measured);
    }
    if (python === undefined) continue;
    say(`Flower server, ${MEMBERS} clients, ${title}`);
    flower.push(await flowerServer(python, { floats, clients: MEMBERS, rounds }));
  }
  return {
    ours: { f32: figures(ours.f32, warmUp), int8: figures(ours.int8, warmUp) },
    flower: python === undefined ? undefined : figures(flower, warmUp),
  };
}

function figures(turns: readonly Turn[], warmUp: number): ServerFigures {
  const perRound = (value: (turn: Turn, milliseconds: number, index: number) => number): number[] =>
    turns.flatMap((turn) =>
      turn.rounds.slice(warmUp).map((milliseconds, index) => value(turn, milliseconds, index + warmUp)),
    );
  return {
    version: turns[0]!.version,
    updates: perRound((_, milliseconds) => (MEMBERS / milliseconds) * 1000),
    bytes: perRound(({ bytesPerRound }, milliseconds) => (bytesPerRound / milliseconds) * 1000),
    processor: perRound(({ cpu }, _, index) => cpu[index]! / MEMBERS),
    memory: turns.map(({ peakMemory }) => peakMemory),
  };
}
