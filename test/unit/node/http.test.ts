import { afterEach, expect, test } from 'vitest';
import { type Health, type HttpServer, serveHttp } from '../../../node/http.ts';
import { RunMetrics } from '../../../node/metrics.ts';

let server: HttpServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const running: Health = { healthy: true, state: 'running', round: 3 };

test('metrics of a coordinator in the format of Prometheus', async () => {
  const metrics = new RunMetrics('digits-1');
  const phases = { compute: 20, wait: 5, wire: 4, aggregate: 1, step: 0.5, commit: 0 };
  const sample = { round: 7, epoch: 2, examples: 64, loss: 0.25, learningRate: 0.001, phases };
  metrics.memberStates({ working: 2, idle: 0, away: 1 });
  metrics.roundClosed({ ...sample, traffic: { sent: 1000, received: 400 } });
  metrics.roundClosed({ ...sample, round: 8, traffic: { sent: 1500, received: 900 } });
  metrics.update('added');
  metrics.committed(8, 12);
  metrics.evaluated({ accuracy: 0.97 });
  server = await serveHttp('127.0.0.1:0', metrics.registry, () => running);
  const response = await fetch(`http://${server.address}/metrics`);
  expect(response.headers.get('content-type')).toContain('text/plain');
  const text = await response.text();
  for (const line of [
    'tributary_members{state="working",run="digits-1"} 2',
    'tributary_members{state="away",run="digits-1"} 1',
    'tributary_rounds_total{run="digits-1"} 2',
    'tributary_examples_total{run="digits-1"} 128',
    'tributary_bytes_total{direction="out",run="digits-1"} 1500',
    'tributary_bytes_total{direction="in",run="digits-1"} 900',
    'tributary_round{run="digits-1"} 8',
    'tributary_loss{run="digits-1"} 0.25',
    'tributary_round_phase_seconds_count{run="digits-1",phase="compute"} 2',
    'tributary_updates_total{status="added",run="digits-1"} 1',
    'tributary_commits_total{run="digits-1"} 1',
    'tributary_committed_version{run="digits-1"} 8',
    'tributary_evaluation{metric="accuracy",run="digits-1"} 0.97',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
});

test('health is 200 or 503, with the state as JSON', async () => {
  let health = running;
  server = await serveHttp('127.0.0.1:0', new RunMetrics('r').registry, () => health);
  const url = `http://${server.address}/healthz`;
  const good = await fetch(url);
  expect([good.status, await good.json()]).toEqual([200, running]);
  health = { healthy: false, state: 'diverged' };
  expect((await fetch(url)).status).toBe(503);
});

test('other paths and methods are refused', async () => {
  server = await serveHttp('127.0.0.1:0', new RunMetrics('r').registry, () => running);
  expect((await fetch(`http://${server.address}/`)).status).toBe(404);
  const post = await fetch(`http://${server.address}/healthz`, { method: 'POST', body: 'x' });
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('a port that is taken, and what is no address', async () => {
  const { registry } = new RunMetrics('r');
  server = await serveHttp('127.0.0.1:0', registry, () => running);
  await expect(serveHttp(server.address, registry, () => running)).rejects.toMatchObject({
    name: 'ChannelError',
    reason: { code: 'in-use' },
  });
  await expect(serveHttp('nonsense', registry, () => running)).rejects.toMatchObject({
    reason: { code: 'address' },
  });
});
