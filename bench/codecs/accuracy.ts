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
function digitsJob({ up, rate = 0.3 }: BenchWire, epochs: number, seed: number): Job {
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
    wire: { down: 'f32', up },
    evaluate: { metrics: [], every: { epochs } },
  };
}

/** Accuracy on the held-out rows after so many epochs, in percent. */
export async function accuracyOf(
  wire: BenchWire,
  folder: string,
  epochs: number,
  seed: number,
): Promise<number> {
  const job = digitsJob(wire, epochs, seed);
  const { directory } = await ingest(job.data, EXAMPLES, join(folder, 'data'), seed);
  const data = await DatasetFile.open(directory);
  const id = `${wire.title.replace(/\W+/g, '-')}-${seed}`;
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
  coordinator.start();
  const { reason, message } = await coordinator.finished;
  await Promise.all(members.map((member) => member.leave()));
  await coordinator.close();
  store.close();
  data.close();
  if (reason !== 'completed') throw new Error(`the run ended: ${reason}: ${message}`);
  return 100 * accuracy;
}
