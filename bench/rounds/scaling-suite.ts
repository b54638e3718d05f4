import type { Row } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { Suite } from '../suite.ts';
import { runCluster } from './cluster.ts';
import type { Measured } from './messages.ts';
import { HALF_MILLION } from './suite.ts';

const MEMBERS = [2, 8, 32, 128] as const;
/** Rounds that are not looked at: everyone joins, code is compiled. */
const WARM_UP = 2;

export const scalingSuite: Suite = {
  name: 'scaling',
  about: 'coordinator: processor time and memory with 2 to 128 members (32 with --short)',
  async run({ short, say, folder }): Promise<Row[]> {
    const measured: Measured[] = [];
    for (const members of MEMBERS) {
      if (short && members > 32) break;
      say(`coordinator with ${members} members`);
      const rounds = WARM_UP + 1 + (members > 8 ? (short ? 2 : 6) : short ? 6 : 24);
      measured.push(
        await runCluster({
          ...{ folder, wire: 'f32', tls: false, rounds, members, hidden: HALF_MILLION, commitEvery: rounds },
        }),
      );
    }
    const few = measured[0]!;
    return [
      ...measured.map((one, index) => timeRow(MEMBERS[index]!, one, few)),
      ...measured.map((one, index) => memoryRow(MEMBERS[index]!, one, few)),
    ];
  },
};

/** Processor time per megabyte: the same for any number of members where time is linear in bytes. */
function timeRow(members: number, measured: Measured, few: Measured): Row {
  const perMegabyte = ({ cpu, bytesPerRound }: Measured): number[] =>
    cpu.slice(WARM_UP).map((milliseconds) => milliseconds / (bytesPerRound / 1e6));
  return {
    name: `coordinator, ${members} members, processor time for a megabyte (500 k parameters, f32)`,
    unit: 'ms/MB',
    ours: spreadOf(perMegabyte(measured)),
    ...(measured === few
      ? {}
      : { peer: { name: '2 members', version: 'of the same run', spread: spreadOf(perMegabyte(few)) } }),
    bound: `HTTP/2 framing and copies; a round moves ${(measured.bytesPerRound / 1e6).toFixed(0)} MB and takes ${spreadOf(measured.cpu.slice(WARM_UP)).median.toFixed(0)} ms of processor time.`,
  };
}

function memoryRow(members: number, measured: Measured, few: Measured): Row {
  const mebibytes = ({ peakMemory }: Measured) => spreadOf([peakMemory / 2 ** 20]);
  return {
    name: `coordinator, ${members} members, peak resident memory (500 k parameters, f32)`,
    unit: 'MiB',
    ours: mebibytes(measured),
    ...(measured === few
      ? {}
      : { peer: { name: '2 members', version: 'of the same run', spread: mebibytes(few) } }),
    bound:
      'the process itself, the vectors, at most 64 MiB of staged updates, and for each connection the HTTP/2 session with its window.',
  };
}
