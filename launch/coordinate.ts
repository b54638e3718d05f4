import { dirname } from 'node:path';
import { Coordinator } from '../coordinator/coordinator.ts';
import type { CoordinatorOptions } from '../coordinator/coordinator-options.ts';
import type { CoordinatorEvents, Outcome } from '../coordinator/events.ts';
import { type ExportedModel, exportRun } from '../coordinator/export/export-run.ts';
import { SampleSheets } from '../coordinator/export/sample-sheets.ts';
import { dataHints, scaleHints } from '../coordinator/run/data-hints.ts';
import { totalSteps, trainableParameters } from '../coordinator/run/description.ts';
import { continueRun, describeStored, type OpenRun, runExists, startRun } from '../coordinator/run/open.ts';
import type { Copying } from '../coordinator/run/prepare.ts';
import { type Addresses, Doors, type ListenOptions } from '../coordinator/serve.ts';
import { type Past, sumOf } from '../coordinator/store/lives.ts';
import { type RunReader, readRun } from '../coordinator/store/read-run.ts';
import type { HttpServer } from '../node/http.ts';
import type { Job } from '../shared/job/job.ts';
import { OnnxFormatError } from '../shared/onnx/errors.ts';
import type { Member } from '../worker/member.ts';
import { startEvaluator } from './evaluator.ts';
import { copyingText, exportingText } from './long-work.ts';
import { observe } from './observe.ts';
import { reachableAddress } from './reachable-address.ts';
import { type Surveyed, type SurveyFacts, surveyParticipants } from './survey.ts';
import type { WhyStopped } from './why-stopped.ts';

export interface CoordinateOptions {
  /** Path of a job file; or `resume`, the id of a run to go on with. */
  readonly job?: string;
  readonly resume?: string;
  /** Id of the job's run: gone on with when it is there, started when not. */
  readonly run?: string;
  /** Folder of all runs. */
  readonly runs: string;
  readonly listen: ListenOptions;
  /** Host under which workers reach this machine; by default the address that is listened on. */
  readonly advertise?: string;
  /** HOST:PORT for `/metrics` and `/healthz`. */
  readonly metrics?: string;
  /** Fewest members to train with, in place of the job's. */
  readonly minimum?: number;
  readonly log?: CoordinatorOptions['log'];
  /** Aborted with the reason to end while the participants are asked; after that, `Coordination.stop`. */
  readonly stop?: AbortSignal;
}

/** What a coordinator process says of its run when it is up. */
export interface RunFacts {
  readonly run: string;
  readonly directory: string;
  readonly job: string;
  readonly strategy: string;
  readonly parameters: number;
  readonly rows: { readonly training: number; readonly test: number };
  /** Of the target, where there is one and it has some: also when participants were asked for them. */
  readonly classes: readonly string[] | undefined;
  readonly epochs: number | undefined;
  readonly rounds: number | undefined;
  readonly batch: number;
  readonly totalRounds: number;
  /** Rounds and epochs that are done: none in a new run. */
  readonly round: number;
  readonly epoch: number;
  /** The evaluation that a resumed run goes on from. */
  readonly evaluated:
    | { readonly version: number; readonly metrics: Readonly<Record<string, number>> }
    | undefined;
  /** What the coordinator's former lives took. */
  readonly past: Past;
  /** HOST:PORT that a worker joins. */
  readonly address: string;
  /** The same over WebSocket; undefined when none is listened on. */
  readonly websocket: string | undefined;
  /** Participants hold the rows, and browsers may be among them. */
  readonly federated: boolean;
  /** What rows are read from: tables, folders of images, or a text. */
  readonly format: Job['data']['format']['type'];
  readonly fingerprint: string | undefined;
  readonly token: string;
}

export type RunEvents = CoordinatorEvents & {
  /** The run's facts, once the coordinator is up; again after each of its restarts. */
  opened: [run: RunFacts];
  /** Participants are asked for what the job does not declare, before there is a run. */
  surveying: [facts: SurveyFacts];
  /** So many of those that are wanted have answered. */
  surveyed: [progress: { readonly answers: number; readonly wanted: number }];
  /** Something that takes long begins. */
  working: [what: string];
  exported: [model: ExportedModel];
  /** What all lives of the coordinator took, as the store knows it: before `finished`. */
  took: [past: Past];
  /** Something that people should know and that the run survives, such as a damaged checkpoint. */
  warning: [message: string];
};

/** An event as a value, such as it goes to a parent process. */
export type MessageOf<Events extends Record<string, readonly unknown[]>> = {
  [Name in keyof Events]: { readonly event: Name; readonly values: Events[Name] };
}[keyof Events];

export type RunMessage = MessageOf<RunEvents>;

export type Tell = (message: RunMessage) => void;

/** The coordinator of one run, from opening its store to the exported model. */
export interface Coordination {
  readonly done: Promise<Outcome>;
  /** Commits what is there and ends; the run can be resumed. */
  stop(why: WhyStopped): void;
}

/**
 * Runs a coordinator in this process and tells what happens.
 *
 * @throws JobError, DataError, ModelBuildError, StoreError, JobChangedError, ChannelError before anything is trained
 */
export async function coordinate(options: CoordinateOptions, tell: Tell): Promise<Coordination> {
  const adjust = (job: Job): Job =>
    options.minimum === undefined ? job : { ...job, members: { ...job.members, minimum: options.minimum } };
  const surveyed = await askFirst(options, adjust, tell);
  if (surveyed?.kind === 'stopped') {
    tell({ event: 'finished', values: [surveyed.outcome] });
    return { done: Promise.resolve(surveyed.outcome), stop: () => undefined };
  }
  let doors = surveyed?.doors;
  const working = (what: string | undefined): void => {
    if (what !== undefined) tell({ event: 'working', values: [what] });
  };
  const copying: Copying = (model) => working(copyingText(model));
  const run = await open({ ...options, copying }, adjust, surveyed).catch(async (error: unknown) => {
    await surveyed?.fail(error);
    throw error;
  });
  surveyed?.begin();
  let coordinator: Coordinator | undefined;
  let evaluator: Member | undefined;
  let metrics: HttpServer | undefined;
  let sheets: SampleSheets | undefined;
  const close = async (): Promise<void> => {
    await evaluator?.leave();
    await coordinator?.close();
    await doors?.close();
    await sheets?.close();
    await metrics?.close();
  };
  try {
    const { job, data: rows } = run.description;
    const suspicions = (): readonly string[] => scaleHints(job, rows);
    coordinator = await Coordinator.open({ ...run, suspicions, log: options.log });
    for (const event of ['member', 'waiting', 'warning', 'round', 'evaluated', 'committed'] as const) {
      coordinator.on(event, (...values) => tell({ event, values } as RunMessage));
    }
    sheets = SampleSheets.of(run.description, run.store.directory);
    if (sheets) drawSamples(coordinator, sheets, run, tell);
    const { data, manifest } = run.description;
    if (run.description.job.data.heldBy && manifest.test.rows > 0) {
      const warn = (message: string): void => tell({ event: 'warning', values: [message] });
      evaluator = await startEvaluator(coordinator, run.token, data.directory, warn);
    }
    if (options.metrics) metrics = await observe(coordinator, run.store.run.id, options.metrics);
    doors ??= await Doors.open(run.store.directory, options.listen);
    const receiver = coordinator;
    doors.leadTo((channel) => receiver.accept(channel));
    tell({ event: 'opened', values: [factsOf(run, coordinator, doors.addresses, options.advertise)] });
    // A run that goes on was told when it began.
    const hints = coordinator.round === 0 ? dataHints(run.description.job, data) : [];
    for (const hint of hints) tell({ event: 'warning', values: [hint] });
  } catch (error) {
    await close();
    await run.abandon();
    throw error;
  }
  const started = coordinator;
  const done = conclude(run, started, tell).finally(async () => {
    await close();
    run.store.close();
    run.description.data.close();
  });
  started.start();
  return { done, stop: ({ reason, message }) => void started.stop(message, reason === 'failed') };
}

/** What the job does not declare is gathered from the participants before there is a run. */
function askFirst(
  { advertise, ...options }: CoordinateOptions,
  adjust: (job: Job) => Job,
  tell: Tell,
): Promise<Surveyed | undefined> {
  return surveyParticipants(
    { ...options, adjust },
    {
      surveying: (facts) =>
        tell({
          event: 'surveying',
          values: [
            {
              ...facts,
              address: reachableAddress(facts.address, advertise),
              websocket: facts.websocket && reachableAddress(facts.websocket, advertise),
            },
          ],
        }),
      answered: (answers, wanted) => tell({ event: 'surveyed', values: [{ answers, wanted }] }),
    },
  );
}

function open(
  { job, run, resume, runs, copying }: CoordinateOptions & { readonly copying: Copying },
  adjust: (job: Job) => Job,
  survey: Extract<Surveyed, { kind: 'done' }> | undefined,
): Promise<OpenRun> {
  if (survey) return startRun(survey.file, runs, { id: survey.store.run.id, adjust, survey, copying });
  if (resume) return continueRun(resume, runs, { adjust });
  if (run && runExists(run, runs)) return continueRun(run, runs, { job, adjust });
  return startRun(job!, runs, { id: run, adjust, copying });
}

/** A sheet of examples with each evaluation: what a generative model has come to. */
function drawSamples(
  coordinator: Coordinator,
  sheets: SampleSheets,
  { description }: OpenRun,
  tell: Tell,
): void {
  const byEpochs = description.job.epochs !== undefined;
  coordinator.on('evaluated', ({ epoch, round }) => {
    const name = byEpochs ? `epoch-${digits(epoch, 4)}` : `round-${digits(round, 6)}`;
    sheets.write(coordinator.weights.measuredValues, name, (error) =>
      tell({ event: 'warning', values: [`${name}.png could not be drawn: ${error.message}`] }),
    );
  });
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}

/** Participants take the last weights with them; one that is slow or gone is not waited for longer. */
const LAST_WEIGHTS_MS = 10_000;

/** Waits for the end, and exports the model of a run that has one. */
async function conclude(run: OpenRun, coordinator: Coordinator, tell: Tell): Promise<Outcome> {
  const outcome = await coordinator.finished;
  if (coordinator.failure) throw coordinator.failure;
  const reader = readRun(run.store.directory);
  try {
    // Version 0 is committed too, as something to fall back to; it is no result.
    if ((reader.versions().at(-1)?.version ?? 0) > 0) {
      const what = exportingText(run);
      if (what !== undefined) tell({ event: 'working', values: [what] });
      tell({ event: 'exported', values: [await exported(reader, run)] });
    }
  } finally {
    reader.close();
  }
  await coordinator.participantsGone(LAST_WEIGHTS_MS);
  tell({ event: 'took', values: [coordinator.took()] });
  tell({ event: 'finished', values: [outcome] });
  return outcome;
}

/**
 * A file that has another time than when it was opened, as after a backup, will do where it has the same bytes.
 *
 * @throws StoreError where the model that the run keeps is damaged
 */
async function exported(reader: RunReader, { description }: OpenRun): Promise<ExportedModel> {
  try {
    return await exportRun(reader, description, {});
  } catch (error) {
    const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!(error instanceof OnnxFormatError) && !isGone) throw error;
  }
  const again = await describeStored(reader, dirname(reader.directory));
  try {
    return await exportRun(reader, again, {});
  } finally {
    again.data.close();
  }
}

function factsOf(
  { store, description, token }: OpenRun,
  coordinator: Coordinator,
  addresses: Addresses,
  advertise: string | undefined,
): RunFacts {
  const { job, manifest, layout } = description;
  return {
    run: store.run.id,
    directory: store.directory,
    job: job.name,
    strategy: job.strategy.kind,
    parameters: trainableParameters(layout),
    rows: { training: manifest.rows - manifest.test.rows, test: manifest.test.rows },
    classes: manifest.target.classes,
    epochs: job.epochs,
    rounds: job.rounds,
    batch: job.batch,
    totalRounds: totalSteps(job, manifest),
    round: coordinator.round,
    epoch: coordinator.epoch,
    evaluated: coordinator.evaluated,
    past: sumOf(store.lives().filter(({ incarnation }) => incarnation < store.run.incarnation)),
    address: reachableAddress(addresses.grpc, advertise),
    websocket: addresses.websocket && reachableAddress(addresses.websocket, advertise),
    federated: job.data.heldBy === 'members',
    format: job.data.format.type,
    fingerprint: addresses.fingerprint,
    token,
  };
}
