import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { coordinatorAgain, keepOptions, localAgain, resumeCommand } from '../../../cli/resume-command.ts';
import type { RunRecord } from '../../../coordinator/store/store.ts';
import { temporaryFolder } from '../../support/digits.ts';
import { Workplace } from '../../support/small-job.ts';

const GIVEN = {
  listen: '0.0.0.0:0',
  websocket: '0.0.0.0:7301',
  metrics: '127.0.0.1:9464',
  advertise: 'trains.example',
  joinFile: 'for sites/join.json',
  minimum: 3,
  tlsCert: "it's.pem",
  tlsKey: 'key.pem',
  log: 'json',
};
const AT = {
  run: 'r1',
  directory: 'my runs/r1',
  address: 'trains.example:41234',
  websocket: 'trains.example:7301',
};

test('what is printed starts a coordinator as it was started, at the port that it had, quoted', () => {
  expect(coordinatorAgain(GIVEN, AT)).toBe(
    "npx tributary coordinator --resume r1 --runs 'my runs' --listen 0.0.0.0:41234 --websocket 0.0.0.0:7301 " +
      "--metrics 127.0.0.1:9464 --advertise trains.example --join-file 'for sites/join.json' --minimum 3 " +
      "--tls-cert 'it'\\''s.pem' --tls-key key.pem --log json",
  );
});

test('what is the same without a word is left out', () => {
  const given = { listen: '127.0.0.1:7300', insecure: true, log: 'auto' };
  const at = { run: 'r1', directory: 'runs/r1', address: '127.0.0.1:7300', websocket: undefined };
  expect(coordinatorAgain(given, at)).toBe('npx tributary coordinator --resume r1 --insecure');
});

test('a run on this machine goes on with as many workers', () => {
  const at = { run: 'r1', directory: 'runs/r1', address: '127.0.0.1:1', websocket: undefined };
  expect(localAgain({ workers: 2, engine: 'cpu' }, at)).toBe('npx tributary resume r1');
  expect(localAgain({ workers: 4, threads: 1, engine: 'webgpu', metrics: '127.0.0.1:9464' }, at)).toBe(
    'npx tributary resume r1 --workers 4 --threads 1 --engine webgpu --metrics 127.0.0.1:9464',
  );
});

test('commands that see only the store print it too, with paths that hold wherever they are typed', async () => {
  const directory = join(temporaryFolder(), 'r1');
  mkdirSync(directory);
  const place = new Workplace();
  const federated =
    'data: { held-by: members, features: { columns: [x] }, target: { column: c, classes: [a, b] } }';
  const jobText = `name: n\n${federated}\nmodel: { layers: [{ dense: 2 }] }\nloss: cross-entropy\noptimizer: { sgd: 1 }\nstrategy: fedavg\nrounds: 1\nbatch: 1\n`;
  const run = { id: 'r1', jobText } as RunRecord;
  expect(resumeCommand({ directory, run }, place.runs)).toBe(
    `npx tributary coordinator --resume r1 --runs ${place.runs}`,
  );
  await keepOptions({ listen: '127.0.0.1:7300', joinFile: 'a b.json' }, { ...AT, directory });
  expect(resumeCommand({ directory, run }, 'runs')).toBe(
    `npx tributary coordinator --resume r1 --join-file '${resolve('a b.json')}'`,
  );
});
