import type { CoordinatorEvents } from '../coordinator/events.ts';
import type { ExportedModel } from '../coordinator/export/export-run.ts';
import { isLoss, metricsOf } from '../shared/nn/metrics/metrics.ts';
import type {
  SimulationFacts,
  SimulationProgress,
  SimulationResult,
} from '../simulation/simulation-events.ts';
import { bestOfModel, nextCommands } from './next-commands.ts';
import { metricsLine } from './ui/metrics-line.ts';
import { count, duration } from './ui/numbers.ts';
import { paintFor } from './ui/paint.ts';
import { renderReport } from './ui/render-report.ts';
import { TerminalScreen } from './ui/terminal-screen.ts';
import { ThinnedSeries } from './ui/thinned.ts';
import type { RunReport, RunView } from './ui/view.ts';

type Round = CoordinatorEvents['round'][0];
type Evaluation = CoordinatorEvents['evaluated'][0];

/** Shows a simulated run on the terminal: while it goes, and what came of it. */
export class SimulationScreen {
  private readonly screen = new TerminalScreen();
  private readonly losses = new ThinnedSeries();
  private facts: SimulationFacts | undefined;
  private round: Round | undefined;
  private progress: SimulationProgress | undefined;
  private evaluation: Evaluation | undefined;
  private model: ExportedModel | undefined;
  private total: SimulationResult | undefined;
  private examples = 0;
  private waiting: string | undefined;

  opened(facts: SimulationFacts): void {
    this.facts = facts;
    const { clients, rows, parameters, engines, partition, profile } = facts;
    const threads = engines === 1 ? 'one engine' : `${engines} engines`;
    this.screen.print(
      `${count(clients)} virtual participants with ${count(rows.training)} rows (${partition}; profile ${profile}), ${rows.test} held out, ${count(parameters)} parameters, ${threads}`,
    );
    this.screen.print(`The partition: ${facts.picture}`);
  }

  /** Nothing moves in virtual time only: the next participant comes when it comes. */
  waits(reason: string): void {
    this.waiting = reason;
    this.draw();
  }

  reported(round: Round, progress: SimulationProgress): void {
    this.round = round;
    this.progress = progress;
    this.waiting = undefined;
    this.examples += round.examples;
    const { loss } = metricsOf(round.sums);
    if (loss !== undefined) this.losses.add(loss);
    this.draw();
  }

  evaluated(evaluation: Evaluation): void {
    this.evaluation = evaluation;
    this.draw(`evaluated: ${metricsLine(evaluation.metrics)}`);
  }

  exported(model: ExportedModel): void {
    this.model = model;
  }

  warned(text: string): void {
    process.stderr.write(`warning: ${text}\n`);
  }

  finished(result: SimulationResult): void {
    // What is left on the screen says the same as the report: an evaluation came after the last round.
    this.progress = result;
    this.total = result;
    if (this.screen.live) this.draw();
    this.screen.end();
    const report = this.report(result);
    if (!report) return;
    process.stdout.write(`\n${renderReport(report, this.screen.width, paintFor(process.stdout))}\n`);
    process.stdout.write(`${simulated(result)}\n`);
  }

  end(): void {
    this.screen.end();
  }

  private draw(line?: string): void {
    const view = this.view();
    if (view) this.screen.update(view, line);
  }

  private view(): RunView | undefined {
    const { facts, round, progress, waiting } = this;
    if (!facts) return undefined;
    const done = (round?.round ?? -1) + 1;
    const seconds = (progress?.wallMs ?? 0) / 1000;
    return {
      job: facts.job,
      run: facts.run,
      data: facts.rows,
      parameters: facts.parameters,
      strategy: facts.strategy,
      members: [],
      crowd: `${count(facts.clients)} virtual participants (${facts.partition}; profile ${facts.profile})`,
      progress: {
        epoch: 1,
        epochs: undefined,
        round: done,
        rounds: facts.rounds,
        loss: this.losses.last,
        metric: this.firstMetric(),
        speed: seconds > 0 ? this.examples / seconds : undefined,
        bytes: this.total?.bytes ?? round?.traffic ?? { sent: 0, received: 0 },
        secondsLeft: done > 0 ? ((facts.rounds - done) * seconds) / done : undefined,
      },
      losses: this.losses.values,
      ...(waiting !== undefined && { waiting }),
      notices: progress ? [`${timesOf(progress)}, ${pace(progress)}`] : [],
    };
  }

  private report(result: SimulationResult): RunReport | undefined {
    const { outcome, metrics, wallMs, virtualMs, bytes, directory } = result;
    const { facts, evaluation, model } = this;
    if (!facts || outcome.reason === 'failed') return undefined;
    return {
      run: facts.run,
      reason: outcome.reason,
      message: outcome.reason === 'completed' ? '' : outcome.message,
      metrics,
      versions: { measured: evaluation?.version, committed: model?.version },
      best: bestOfModel(model, false),
      classes: evaluation?.classes ?? [],
      seconds: wallMs / 1000,
      virtualSeconds: virtualMs / 1000,
      rounds: this.round ? this.round.round + 1 : 0,
      bytes,
      phases: {},
      model: model?.file,
      next: nextCommands({ ...facts, directory }, model),
    };
  }

  private firstMetric(): { readonly name: string; readonly value: number } | undefined {
    const metrics = Object.entries(this.evaluation?.metrics ?? {});
    const [name, value] = metrics.find(([key]) => !isLoss(key)) ?? metrics[0] ?? [];
    return name === undefined || value === undefined ? undefined : { name, value };
  }
}

function pace({ updates, wallMs, dropouts }: SimulationProgress): string {
  const speed = wallMs > 0 ? (updates * 1000) / wallMs : 0;
  return `${count(updates)} client updates (${count(Math.round(speed * 10) / 10)} a second), ${count(dropouts)} given up`;
}

function timesOf({ virtualMs, wallMs }: SimulationProgress): string {
  return `virtual time ${duration(virtualMs / 1000)}, on this machine ${duration(wallMs / 1000)}`;
}

function simulated(result: SimulationResult): string {
  const { pictures } = result;
  return [
    `\nSimulated: ${timesOf(result)}, ${pace(result)}`,
    `The partition: ${pictures.partition}`,
    `The run: ${pictures.run}`,
  ].join('\n');
}
