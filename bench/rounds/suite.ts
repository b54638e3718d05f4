import type { Row } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { BenchContext, Suite } from '../suite.ts';
import { bareGrpc } from './bare.ts';
import { runCluster } from './cluster.ts';
import { glooPeer } from './gloo.ts';
import type { Measured } from './messages.ts';

/** 64·640 + 640·704 + 704·10 weights and their biases: 499,914 parameters. */
export const HALF_MILLION = [640, 704] as const;

/** Rounds at the start in which code is compiled and buffers grow. */
const WARM_UP = 40;

/** A shared machine is quicker and slower by the second: plaintext and TLS take many short turns, so that both meet both. */
const TURNS = 6;
const TARGET_MS = { f32: 25, f16: 15 } as const;
/** TLS may cost a third more. */
const TLS_RATIO = 4 / 3;

const TITLE = 'round beyond compute, 500 k parameters, two workers';

export const roundSuite: Suite = {
  name: 'round',
  about: 'time of a round beyond computing, with a fake engine',
  async run(context) {
    return [...(await rowsOf('f32', context)), ...(await rowsOf('f16', context)), await commitRow(context)];
  },
};

/** Plaintext and TLS in turns. */
async function rowsOf(wire: keyof typeof TARGET_MS, context: BenchContext): Promise<Row[]> {
  const { short, say, python, folder } = context;
  const rounds = short ? 60 : 140;
  const times = { plaintext: [] as number[], tls: [] as number[] };
  let floats = 0;
  for (let turn = 0; turn < (short ? 1 : TURNS); turn++) {
    for (const tls of [false, true]) {
      say(`${TITLE}, ${wire}, ${tls ? 'TLS' : 'plaintext'}`);
      const measured = await runCluster({
        ...{ folder, wire, tls, rounds, members: 2, hidden: HALF_MILLION, commitEvery: rounds },
      });
      floats = measured.floats;
      times[tls ? 'tls' : 'plaintext'].push(...measured.rounds.slice(WARM_UP));
    }
  }
  say(`all-reduce of 500 k ${wire}, gloo`);
  say(`the same bytes, bare grpc-js, ${wire}`);
  const bare = await bareGrpc(floats * bytesOf(wire), short ? 50 : 200);
  const gloo = await glooPeer(python, floats, wire, short ? 20 : 100);
  const plaintext = spreadOf(times.plaintext);
  const target = { of: 'ours', most: TARGET_MS[wire] } as const;
  return [
    {
      name: `${TITLE}, ${wire}, plaintext`,
      unit: 'ms',
      ours: plaintext,
      peer: gloo,
      target,
      bound: `HTTP/2 in JavaScript on both ends: ${megabytes(4 * floats * bytesOf(wire))} MB pass the coordinator's one thread, each byte copied a few times on the way, checked to be finite, and summed. The all-reduce moves half as many bytes in native code, has no server, keeps no books and survives no death.`,
    },
    {
      name: `${TITLE}, ${wire}, plaintext, beside the same bytes over bare grpc-js`,
      unit: 'ms',
      ours: plaintext,
      peer: bare,
      bound:
        'what is above 1 is ours: weights encoded, updates checked for NaN, summed and stepped, books, sessions. The rest is HTTP/2 in JavaScript, on this machine at this moment.',
    },
    {
      name: `${TITLE}, ${wire}, TLS`,
      unit: 'ms',
      ours: spreadOf(times.tls),
      peer: gloo,
      target,
      bound:
        'as in plaintext, and AES in 16 KiB records through Node’s TLS streams: half of what TLS adds is AES, half copies and smaller reads.',
    },
    {
      name: `${TITLE}, ${wire}, TLS beside plaintext`,
      unit: 'ms',
      ours: spreadOf(times.tls),
      peer: { name: 'plaintext', version: 'of the same run', spread: plaintext },
      target: { of: 'ratio', most: TLS_RATIO },
      bound:
        'the same two figures beside each other. What TLS adds is Node’s OpenSSL and its copies. In November 2026, on one machine, it was 1.42 (f32) and 1.39 (f16) with Node 20.20, which has OpenSSL 3.0, and 1.23 and 1.19 with Node 24.21, which has 3.5.',
    },
  ];
}

async function commitRow({ short, say, folder }: BenchContext): Promise<Row> {
  say('commits');
  const every = 10;
  const rounds = every * (short ? 4 : 20);
  const measured: Measured = await runCluster({
    ...{ folder, wire: 'f32', tls: false, rounds, members: 2, hidden: HALF_MILLION, commitEvery: every },
  });
  return {
    name: 'commit, 500 k parameters with Adam’s moments, while rounds go on',
    unit: 'ms',
    ours: spreadOf(measured.commits),
    bound:
      'two fsyncs of the file system (checkpoint and directory) and one SQLite transaction; the rounds go on meanwhile, so it also waits for the coordinator’s thread.',
  };
}

function bytesOf(wire: keyof typeof TARGET_MS): number {
  return wire === 'f16' ? 2 : 4;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
