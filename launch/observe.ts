import type { Coordinator } from '../coordinator/coordinator.ts';
import { type HttpServer, serveHttp } from '../node/http.ts';
import { RunMetrics } from '../node/metrics.ts';
import { metricsOf } from '../shared/nn/metrics/metrics.ts';

/**
 * Serves a coordinator's `/metrics` and `/healthz`.
 *
 * @throws ChannelError when the address cannot be listened on
 */
export function observe(coordinator: Coordinator, run: string, address: string): Promise<HttpServer> {
  const metrics = new RunMetrics(run);
  let waiting: string | undefined;
  let finished: string | undefined;
  let loss = Number.NaN;
  const countMembers = (): void => {
    const connected = coordinator.memberViews.filter((member) => member.connected).length;
    metrics.memberStates({
      working: waiting ? 0 : connected,
      idle: waiting ? connected : 0,
      away: coordinator.memberViews.length - connected,
    });
  };
  coordinator.on('member', countMembers);
  coordinator.on('waiting', (reason) => {
    waiting = reason;
    countMembers();
  });
  coordinator.on('round', (report) => {
    if (waiting !== undefined) {
      waiting = undefined;
      countMembers();
    }
    // Of a GAN some rounds are the discriminator's: the loss is the generator's.
    loss = metricsOf(report.sums)['loss'] ?? loss;
    metrics.roundClosed({ ...report, loss });
  });
  coordinator.on('evaluated', (evaluation) => metrics.evaluated(evaluation.metrics));
  coordinator.on('committed', (commit) => metrics.committed(commit.version, commit.milliseconds));
  coordinator.on('update', (status) => metrics.update(status));
  coordinator.on('finished', ({ reason }) => {
    finished = reason;
  });
  return serveHttp(address, metrics.registry, () => ({
    healthy: coordinator.failure === undefined && finished !== 'diverged',
    state: finished ?? (waiting === undefined ? 'running' : 'waiting'),
    run,
    version: coordinator.version,
    round: coordinator.round,
    members: coordinator.memberViews.filter((member) => member.connected).length,
    waiting,
  }));
}
