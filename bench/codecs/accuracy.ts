import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Coordinator } from '../../coordinator/coordinator.ts';
import { describeRun } from '../../coordinator/run/description.ts';
import { createRun } from '../../coordinator/store/sqlite-store.ts';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import type { Job } from '../../shared/job/job.ts';
import { systemClock } from '../../shared/protocol/clock.ts';
import { MemoryChannel } from '../../simulation/memory-transport.ts';
import { createMember } from '../../worker/create-member.ts';
import { roundsJob } from '../rounds/job.ts';
import type { BenchWire } from './wires.ts';

/** From dist/bench/codecs. */
const EXAMPLES = fileURLToPath(new URL('../../../examples/digits/', import.meta.url));
const MEMBERS = 3;
const TOKEN = 'bench';

/** Plain SGD on digits, three members, the same number of rounds whatever the encoding. */
function digitsJob({ up, delta, rate = 0.3 }: BenchWire, epochs: number, seed: number): Job {
  const base = roundsJob({
    ...{
      folder: '',
      hidden: [1, 1],
      wire: 'f32',
      tls: false,
      members: MEMBERS,
      rounds: 1,
      commitEvery: 1000,
    },
  });
  const dense = (units: number) => ({ type: 'dense', options: { units } });
  return {
    ...base,
    name: 'bench-codecs',
    data: {
      ...base.data,
      features: { columns: undefined, shape: [64], normalize: { kind: 'divide', by: 16 } },
      test: 0.2,
    },
    model: { kind: 'layers', layers: [dense(64), { type: 'relu', options: {} }, dense(10)] },
    optimizer: { kind: 'sgd', learningRate: rate, momentum: 0, nesterov: false, weightDecay: 0 },
    epochs,
    rounds: undefined,
    batch: 64,
    seed,
    wire: { down: 'f32', ...(delta && { delta }), up },
    evaluate: { metrics: [], every: { epochs } },
  };
}

export interface Trained {
  /** On the held-out rows, in percent. */
  readonly accuracy: number;
  /** Sent to each member in a round, all messages included. */
  readonly bytesDown: number;
}

/** What so many epochs come to. */
export async function train(wire: BenchWire, folder: string, epochs: number, seed: number): Promise<Trained> {
  const job = digitsJob(wire, epochs, seed);
  const { directory } = await ingest(job.data, EXAMPLES, join(folder, 'data'), seed);
  const data = await DatasetFile.open(directory);
  const id = `${wire.delta ? 'down' : 'up'}-${wire.title.replace(/\W+/g, '-')}-${seed}`;
  const store = createRun(join(folder, id), {
    ...{ id, name: job.name, createdAt: Date.now(), jobText: '', jobHash: '', dataHash: data.manifest.hash },
  });
  const description = describeRun(job, data, undefined);
  const coordinator = await Coordinator.open({ description, store, token: TOKEN });
  const dial = async () => {
    const pair = MemoryChannel.pair(systemClock);
    coordinator.accept(pair.coordinator);
    return pair.member;
  };
  const members = await Promise.all(
    Array.from({ length: MEMBERS }, (_, i) =>
      createMember({
        ...{
          dial,
          token: TOKEN,
          name: `${id}-${i}`,
          engine: 'cpu',
          threads: 1,
          cache: join(folder, 'cache'),
        },
      }),
    ),
  );
  for (const member of members) member.start();
  let accuracy = Number.NaN;
  coordinator.on('evaluated', ({ metrics }) => {
    accuracy = metrics['accuracy'] ?? Number.NaN;
  });
  const sent: number[] = [];
  coordinator.on('round', ({ traffic }) => sent.push(traffic.sent));
  coordinator.start();
  const { reason, message } = await coordinator.finished;
  await Promise.all(members.map((member) => member.leave()));
  await coordinator.close();
  store.close();
  data.close();
  if (reason !== 'completed') throw new Error(`the run ended: ${reason}: ${message}`);
  // The first rounds bring the model and the rows.
  const first = Math.floor(sent.length / 2);
  const bytesDown = (sent.at(-1)! - sent[first]!) / (sent.length - 1 - first) / MEMBERS;
  return { accuracy: 100 * accuracy, bytesDown };
}
