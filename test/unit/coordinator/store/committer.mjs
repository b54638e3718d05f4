// Commits version after version until it is killed; each is announced on a line once it is durable.
import { createRun, openRun } from '../../../../dist/coordinator/store/sqlite-store.js';

const [directory, mode] = process.argv.slice(2);
const retention = { keep: 3, best: 'accuracy' };
const record = { id: 'r', name: 'n', createdAt: 1, jobText: '', jobHash: '', dataHash: '' };
const store = mode === 'create' ? createRun(directory, record, retention) : openRun(directory, retention);
const { incarnation } = store.run;
let version = (await store.latest())?.committed.version ?? 0;
process.stdout.write('open\n');
for (;;) {
  version++;
  const entries = ['x', 'y'].map((name) => ({
    incarnation,
    assignment: `${name}${version}`,
    member: name,
    round: version,
    baseVersion: version - 1,
    status: 'added',
    examples: 10,
  }));
  store.book(entries);
  await store.commit(
    {
      version,
      round: version,
      optimizerSteps: version,
      cursor: { epoch: 0, position: version },
      random: String(version),
      vectors: [{ name: 'parameters', data: new Float32Array(100_000).fill(version) }],
      state: null,
      metrics: { accuracy: (version * 7) % 10 },
    },
    entries,
  );
  process.stdout.write(`${version}\n`);
}
