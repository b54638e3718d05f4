import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Coordinator } from '../../coordinator/coordinator.ts';
import { describeRun } from '../../coordinator/run/description.ts';
import { newToken } from '../../coordinator/run/identity.ts';
import { tableOptions } from '../../coordinator/run/prepare.ts';
import { serve } from '../../coordinator/serve.ts';
import { createRun } from '../../coordinator/store/sqlite-store.ts';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import { collectLessOften } from '../../node/heap.ts';
import { peakMemory } from '../peak-memory.ts';
import { roundsJob } from './job.ts';
import type { CoordinatorConfig, CoordinatorMessage } from './messages.ts';

/** A real coordinator in a process of its own, which measures itself. It is told what to do by its argument. */
const config = JSON.parse(process.argv[2]!) as CoordinatorConfig;

// As the coordinator's command does.
collectLessOften('coordinator');

/** Rounds that are not looked at for lateness. */
const WARM_UP = 5;

/** From dist/bench/rounds. */
const EXAMPLES = fileURLToPath(new URL('../../../examples/digits/', import.meta.url));

function tell(message: CoordinatorMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(message, undefined, {}, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

const job = roundsJob(config);
const { directory } = await ingest(
  job.data,
  EXAMPLES,
  join(config.folder, 'data'),
  job.seed,
  tableOptions(job),
);
const data = await DatasetFile.open(directory);
const store = createRun(join(config.folder, 'run'), {
  id: 'bench',
  name: job.name,
  createdAt: Date.now(),
  jobText: '',
  jobHash: '',
  dataHash: data.manifest.hash,
});
const token = newToken();
const description = describeRun(job, data, undefined);
const coordinator = await Coordinator.open({ description, store, token });
const { grpc, websocket, fingerprint } = await serve(coordinator, store.directory, {
  grpc: '127.0.0.1:0',
  ...(config.websockets && { websocket: '127.0.0.1:0' }),
  insecure: !config.tls,
});

const rounds: number[] = [];
const memory: number[] = [];
const lateness = monitorEventLoopDelay({ resolution: 10 });
const cpu: number[] = [];
const commits: number[] = [];
const traffic: number[] = [];
let before: { readonly at: number; readonly cpu: number; readonly bytes: number } | undefined;
coordinator.on('round', ({ traffic: { sent, received } }) => {
  const { user, system } = process.cpuUsage();
  const now = { at: performance.now(), cpu: (user + system) / 1000, bytes: sent + received };
  memory.push(process.memoryUsage.rss());
  // Everybody has joined, and code is compiled.
  if (memory.length === WARM_UP) lateness.enable();
  if (before) {
    rounds.push(now.at - before.at);
    cpu.push(now.cpu - before.cpu);
    traffic.push(now.bytes - before.bytes);
  }
  before = now;
});
coordinator.on('committed', ({ milliseconds }) => commits.push(milliseconds));
await tell({
  type: 'listening',
  websocket,
  address: grpc,
  fingerprint,
  token,
  layout: description.layout,
});
coordinator.start();
const { reason, message } = await coordinator.finished;
await coordinator.close();
store.close();
data.close();
if (reason !== 'completed') throw new Error(`the run ended: ${reason}: ${message}`);
await tell({
  type: 'measured',
  floats: description.layout.length,
  rounds,
  cpu,
  commits,
  bytesPerRound: traffic.reduce((sum, bytes) => sum + bytes, 0) / traffic.length,
  peakMemory: peakMemory(),
  memory,
  delayed: Math.max(0, lateness.percentile(99) / 1e6 - 10),
});
process.disconnect();
