import type { Row } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { Suite } from '../suite.ts';
import { runCluster } from './cluster.ts';
import { glooPeer } from './gloo.ts';
import { memoryBandwidth } from './memory-bandwidth.ts';

/** 64·4096 + 4096·6022 + 6022·10 weights and their biases: 24,998,604 parameters. */
const MILLIONS = [4096, 6022] as const;

export const largeSuite: Suite = {
  name: 'large',
  about: 'a round of 25 million parameters, as a share of memory bandwidth',
  async run({ short, say, folder, python }): Promise<Row[]> {
    say('25 M parameters');
    const rounds = short ? 3 : 12;
    const measured = await runCluster({
      ...{ folder, wire: 'f32', tls: false, rounds, members: 2, hidden: MILLIONS, commitEvery: rounds },
    });
    // The first one also grows every buffer.
    const times = measured.rounds.slice(1);
    say('memory bandwidth');
    const copied = await memoryBandwidth(short ? 5 : 15);
    say('all-reduce of 25 M, gloo');
    const gloo = await glooPeer(python, measured.floats, 'f32', short ? 3 : 10);
    return [
      {
        name: 'round beyond compute, 25 M parameters, two workers, f32, plaintext',
        unit: 'ms',
        ours: spreadOf(times),
        peer: gloo,
        bound:
          '400 MB through one thread of JavaScript HTTP/2; hashing the new weights, Adam and the sums are each one more pass over 100 MB.',
      },
      {
        name: 'bytes of that round in a second, beside a copy in memory',
        unit: 'GB/s',
        ours: spreadOf(times.map((milliseconds) => measured.bytesPerRound / milliseconds / 1e6)),
        peer: {
          name: 'memcpy',
          version: 'one thread, 256 MiB',
          spread: spreadOf(copied.map((bytes) => bytes / 1e9)),
        },
        bound: 'the ratio is the share of memory bandwidth that the wire reaches.',
      },
    ];
  },
};
