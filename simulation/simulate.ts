import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Coordinator } from '../coordinator/coordinator.ts';
import type { Outcome } from '../coordinator/events.ts';
import { exportRun } from '../coordinator/export/export-run.ts';
import { dataHints, scaleHints } from '../coordinator/run/data-hints.ts';
import { totalSteps, trainableParameters } from '../coordinator/run/description.ts';
import { type OpenRun, startRun } from '../coordinator/run/open.ts';
import type { CutOptions } from '../coordinator/run/sent-model.ts';
import { readRun } from '../coordinator/store/read-run.ts';
import type { EngineName } from '../engines/create.ts';
import { remembers } from '../shared/programs/member-state.ts';
import { Emitter } from '../shared/protocol/emitter.ts';
import { FrozenOnDisk } from '../worker/frozen/frozen-on-disk.ts';
import { dealtRows } from './dealt-rows.ts';
import { EnginePool } from './engines/engine-pool.ts';
import { StateFolder } from './engines/remembered.ts';
import type { MembersTable } from './members-table.ts';
import { CommonEquipment } from './participants/equipment.ts';
import { startEvaluator } from './participants/evaluator.ts';
import type { World } from './participants/participant.ts';
import { Population } from './participants/population.ts';
import { SharedReferences } from './participants/references.ts';
import { Shares } from './participants/shares.ts';
import { stillClock } from './participants/still-clock.ts';
import { Pictures } from './pictures.ts';
import { Profiles } from './profiles.ts';
import { Progress } from './progress.ts';
import type { SimulationEvents, SimulationFacts, SimulationResult } from './simulation-events.ts';
import { type JobChanges, requireSource, simulated } from './simulation-job.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface SimulateOptions extends JobChanges {
  /** Engines that compute side by side; one for each core by default. Has no influence on the result. */
  readonly engines?: number;
  readonly engine?: EngineName;
  /** Threads of each engine, 1 by default. */
  readonly threads?: number;
  /** How the model is cut up for members; has no influence on the result. */
  readonly cut?: CutOptions;
  /** Folder of all runs; `runs` by default. */
  readonly runs?: string;
  /** Id of the new run; of the job's name and the time by default. */
  readonly id?: string;
}

/** A Monday, 0:00: time 0 of the profiles. Fixed, as instants of another day would round otherwise. */
const START_MS = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;
/** Members of the coordinator's own; a fixed number, as it decides in which order sums are rounded. */
const EVALUATORS = 4;

/**
 * A federated run whose participants are virtual. Coordinator, strategy, sessions, messages and training are those of a real run; the
 * participants share a few engines, time is virtual, and the same job gives the same weights bit for bit, however many engines
 * compute them.
 */
export class Simulation extends Emitter<SimulationEvents> {
  readonly done: Promise<SimulationResult>;
  private coordinator: Coordinator | undefined;
  private stopped: string | undefined;

  constructor(
    private readonly jobFile: string,
    private readonly options: SimulateOptions = {},
  ) {
    super();
    // Later, so that whoever made it can listen first.
    this.done = Promise.resolve().then(() => this.run());
  }

  /** Commits what is there and ends. */
  stop(reason = 'asked to stop'): void {
    this.stopped = reason;
    void this.coordinator?.stop(reason);
  }

  private async run(): Promise<SimulationResult> {
    const { runs = 'runs', id } = this.options;
    let text = '';
    const run = await startRun(this.jobFile, runs, {
      id,
      simulated: true,
      cut: this.options.cut,
      adjust: (job, read) => {
        text = read;
        requireSource(job, this.jobFile, text);
        return simulated(job, this.options, this.jobFile, text);
      },
    });
    let result: SimulationResult;
    try {
      const source = { file: this.jobFile, text, changes: this.options };
      const table = await dealtRows(run.description, source, runs);
      result = await this.simulate(run, table);
    } catch (error) {
      if (hasResult(run)) close(run);
      else await run.abandon();
      throw error;
    }
    close(run);
    return result;
  }

  private async simulate(run: OpenRun, table: MembersTable): Promise<SimulationResult> {
    const { engines = availableParallelism(), engine = 'cpu', threads = 1 } = this.options;
    const { description, store, token } = run;
    const { job } = description;
    const { profile, days } = job.simulation!;
    const pictures = await Pictures.begin(run, table);
    this.emit('opened', factsOf(run, table, engines, pictures.partition));
    for (const hint of dataHints(job, description.data)) this.emit('warning', hint);
    const clock = new VirtualClock(START_MS);
    const pool = EnginePool.start(engines, { engine, threads });
    const connectionClock = stillClock(clock);
    const coordinator = await Coordinator.open({
      ...{ description, store, token, clock, connectionClock },
      suspicions: () => scaleHints(job, description.data),
      log: (level, message) => {
        if (level === 'error') this.emit('warning', message);
      },
    });
    this.coordinator = coordinator;
    // One file for all engines: it is in memory once.
    const frozen = new FrozenOnDisk(store.directory);
    const common = new CommonEquipment(
      pool,
      frozen,
      table,
      (work) => clock.hold(work),
      (bytes) => coordinator.alsoSent(bytes),
    );
    const states = remembers(description.recipe.state)
      ? await StateFolder.create(join(store.directory, 'state'))
      : undefined;
    let failure: Error | undefined;
    const world: World = {
      clock,
      place: { coordinator, token, clock: connectionClock },
      profiles: new Profiles(profile, job.seed),
      shares: new Shares(table.partition, table.members, {
        test: job.data.test,
        seed: job.seed,
        isText: job.data.format.type === 'text',
      }),
      pool,
      references: new SharedReferences(description.layout),
      states,
      equip: (session, welcome, counted) => common.get(session, welcome, counted),
      gaveUp: (client) => population.gaveUp(client),
      evaluated: (client, header) => progress.measured(client, header),
      failed: (error) => {
        failure ??= error;
      },
    };
    const population = new Population(world, START_MS);
    const progress = new Progress(coordinator, job, population, () => clock.now() - START_MS);
    for (const event of ['waiting', 'warning', 'evaluated', 'committed'] as const) {
      coordinator.on(event, (...values) => this.emit(event, ...(values as never)));
    }
    progress.on('round', (report, now) => this.emit('round', report, now));
    const evaluators: (() => void)[] = [];
    try {
      if (description.manifest.test.rows > 0) {
        for (let index = 1; index <= EVALUATORS; index++)
          evaluators.push(startEvaluator(world, `evaluator-${index}`));
      }
      population.start();
      await clock.advance(0);
      progress.begin();
      const outcome = await this.train(coordinator, clock, days, () => failure);
      if (coordinator.failure ?? failure) throw coordinator.failure ?? failure;
      const total = progress.now();
      const { sent, received } = coordinator.took();
      await this.export(run);
      const { updates, wallMs } = total;
      const figures = { ...total, bytes: { sent, received } };
      const result: SimulationResult = {
        ...figures,
        outcome,
        metrics: coordinator.evaluated?.metrics ?? {},
        updatesPerSecond: wallMs > 0 ? (updates * 1000) / wallMs : 0,
        weights: createHash('sha256').update(bytesOf(coordinator.weights.values)).digest('hex'),
        directory: store.directory,
        pictures: { partition: pictures.partition, run: await pictures.end(progress, figures) },
      };
      this.emit('finished', result);
      return result;
    } finally {
      population.close();
      for (const leave of evaluators) leave();
      await coordinator.close();
      await pool.close();
      await frozen.close();
      await states?.remove();
    }
  }

  private async train(
    coordinator: Coordinator,
    clock: VirtualClock,
    days: number | undefined,
    failure: () => Error | undefined,
  ): Promise<Outcome> {
    let outcome: Outcome | undefined;
    void coordinator.finished.then((end) => {
      outcome = end;
    });
    if (days !== undefined) {
      const over = `${days} virtual ${days === 1 ? 'day is' : 'days are'} over`;
      clock.setTimeout(() => void coordinator.stop(over), days * DAY_MS);
    }
    coordinator.start();
    if (this.stopped !== undefined) void coordinator.stop(this.stopped);
    const ended = (): boolean => outcome !== undefined || failure() !== undefined;
    await clock.runUntil(() => ended() || clock.pending === 0, Number.POSITIVE_INFINITY);
    if (!outcome) {
      void coordinator.stop(failure()?.message ?? 'no participant will come any more');
      await clock.runUntil(() => outcome !== undefined || clock.pending === 0, Number.POSITIVE_INFINITY);
    }
    return outcome ?? { reason: 'failed', message: failure()?.message ?? 'the run does not end' };
  }

  /** Version 0 is no result. */
  private async export({ store, description }: OpenRun): Promise<void> {
    const reader = readRun(store.directory);
    try {
      if ((reader.versions().at(-1)?.version ?? 0) > 0) {
        this.emit('exported', await exportRun(reader, description, {}));
      }
    } finally {
      reader.close();
    }
  }
}

/**
 * Simulates a job of data that members hold: virtual participants on this machine.
 *
 * @param job path of a job file with a section `simulation`
 */
export function simulate(job: string, options: SimulateOptions = {}): Simulation {
  return new Simulation(job, options);
}

function factsOf(
  { store, description }: OpenRun,
  { partition }: MembersTable,
  engines: number,
  picture: string,
): SimulationFacts {
  const { job, manifest, layout } = description;
  const { profile, partition: dealt } = job.simulation!;
  return {
    run: store.run.id,
    directory: store.directory,
    job: job.name,
    strategy: job.strategy.kind,
    parameters: trainableParameters(layout),
    rows: {
      training: partition.clients.reduce((sum, rows) => sum + rows.length, 0),
      test: manifest.test.rows,
    },
    format: job.data.format.type,
    rounds: totalSteps(job, manifest),
    clients: partition.clients.length,
    engines,
    partition: dealt.kind,
    profile: profile.kind,
    picture,
  };
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Version 0 is what a run begins with. */
function hasResult({ store }: OpenRun): boolean {
  return (store.versions().at(-1)?.version ?? 0) > 0;
}

function close({ store, description }: OpenRun): void {
  store.close();
  description.data.close();
}
