import { runCluster } from '../rounds/cluster.ts';
import type { Measured } from '../rounds/messages.ts';
import type { Row } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { Suite } from '../suite.ts';

/** 64-160-288-10: 59,658 parameters. */
const SIXTY_THOUSAND = [160, 288] as const;
const UPDATES = 30;
/** Rounds in which everybody joins and memory finds its size. */
const WARM_UP = 20;

/** Many participants at once, of whom a few are asked in each round. */
export const crowdSuite: Suite = {
  name: 'crowd',
  about: 'a coordinator with 500 WebSocket connections and 200 gRPC streams, 30 updates a round',
  async run({ short, say, folder }): Promise<Row[]> {
    const [websockets, streams, rounds] = short ? [50, 20, 30] : [500, 200, 200];
    say(`${websockets} WebSocket connections and ${streams} gRPC streams, ${rounds} rounds`);
    const measured = await runCluster({
      ...{ folder, wire: 'f32', tls: false, rounds, websockets, participants: UPDATES },
      members: websockets + streams,
      hidden: SIXTY_THOUSAND,
      commitEvery: 10,
    });
    // A round that was lost would be missing: the run ends only after all of them.
    const who = `${websockets} WebSocket connections and ${streams} gRPC streams, ${UPDATES} updates a round of 60 k parameters`;
    return [roundRow(who, measured), lateRow(who, measured), memoryRow(who, measured, rounds)];
  },
};

function roundRow(who: string, { rounds }: Measured): Row {
  return {
    name: `crowd: ${who}: a round beyond compute`,
    unit: 'ms',
    ours: spreadOf(rounds.slice(WARM_UP)),
    bound: `${UPDATES} times 239 kB each way, over as many sockets; three processes on two cores.`,
  };
}

function lateRow(who: string, { delayed }: Measured): Row {
  return {
    name: `crowd: ${who}: the coordinator's event loop is late by, 99th percentile`,
    unit: 'ms',
    ours: spreadOf([delayed]),
    target: { of: 'ours', most: 50 },
    bound:
      'the longest turns: adding what is staged, the step, the copy for a commit; and what the members’ processes take of two cores.',
  };
}

/** The last tenth of the rounds beside the first tenth after the warm-up. */
function memoryRow(who: string, { memory }: Measured, rounds: number): Row {
  const settled = memory.slice(Math.min(WARM_UP, rounds / 2));
  const tenth = Math.max(1, Math.floor(settled.length / 10));
  const mebibytes = (values: readonly number[]) => spreadOf(values.map((bytes) => bytes / 2 ** 20));
  return {
    name: `crowd: ${who}: the coordinator's memory, last rounds beside first`,
    unit: 'MiB',
    ours: mebibytes(settled.slice(-tenth)),
    peer: { name: 'first rounds', version: 'of the same run', spread: mebibytes(settled.slice(0, tenth)) },
    target: { of: 'ratio', most: 1.1 },
    bound: 'garbage that has not been collected yet: nothing is kept from one round to the next.',
  };
}
