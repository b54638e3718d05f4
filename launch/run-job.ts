import type { Outcome } from '../coordinator/events.ts';
import { Emitter } from '../shared/protocol/emitter.ts';
import { SupervisedProcess } from './child.ts';
import type { MessageOf, RunEvents, RunFacts, RunMessage } from './coordinate.ts';
import { lastError, lastWords } from './last-words.ts';
import { threadsFor } from './threads.ts';
import type { RunImpossible } from './why-stopped.ts';

export interface RunJobOptions {
  /** Worker processes on this machine; 2 by default. */
  readonly workers?: number;
  /** Threads of each worker; by default the cores are shared out evenly. */
  readonly threads?: number;
  readonly engine?: string;
  /** Folder of all runs; `runs` by default. */
  readonly runs?: string;
  /** Goes on with this run instead of starting a new one. */
  readonly resume?: string;
  /** HOST:PORT for `/metrics` and `/healthz`. */
  readonly metrics?: string;
}

export type RunJobEvents = RunEvents & {
  /** A process died and is started again. */
  restarted: [process: { readonly name: string; readonly reason: string }];
  /** A worker has joined and is not ready yet: it fetches the model's frozen weights, or derives its programs. */
  preparing: [worker: { readonly name: string; readonly fetched?: Fetched }];
  prepared: [worker: { readonly name: string }];
};

export interface Fetched {
  /** Of frozen weights, those that are here. */
  readonly bytes: number;
  readonly of: number;
}

/** What a worker process tells its parent. */
export type WorkerMessage =
  | { readonly event: 'preparing'; readonly fetched?: Fetched }
  | { readonly event: 'prepared' };

/** A run on this machine failed for a reason that the coordinator gave. */
export class RunFailedError extends Error {
  override readonly name = 'RunFailedError';

  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}

export type RunJobMessage = MessageOf<RunJobEvents>;

/**
 * A job on this machine: one coordinator process and N worker processes over gRPC on loopback, each started again when it
 * dies. Events are those of the coordinator.
 */
export class LocalRun extends Emitter<RunJobEvents> {
  readonly done: Promise<Outcome>;
  private readonly workers: SupervisedProcess[] = [];
  private readonly coordinator: SupervisedProcess;
  private facts: RunFacts | undefined;
  private outcome: Outcome | undefined;
  private failure: RunFailedError | undefined;

  constructor(
    private readonly job: string | undefined,
    private readonly options: RunJobOptions = {},
  ) {
    super();
    let settle: { resolve(outcome: Outcome): void; reject(error: Error): void };
    this.done = new Promise<Outcome>((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.coordinator = new SupervisedProcess({
      args: () => this.coordinatorArguments(),
      onMessage: (message) => this.heard(message as RunMessage),
      onRestart: (reason) => this.emit('restarted', { name: 'coordinator', reason }),
      onEnd: ({ code, signal, output }) => {
        for (const worker of this.workers) worker.stop();
        if (this.failure) settle.reject(this.failure);
        else if (this.outcome) settle.resolve(this.outcome);
        else
          settle.reject(
            new RunFailedError(code, lastWords(output) || `the coordinator ${endOf(code, signal)}`),
          );
      },
    });
  }

  /** Process ids, for tests that kill them. */
  get pids(): {
    readonly coordinator: number | undefined;
    readonly workers: readonly (number | undefined)[];
  } {
    return { coordinator: this.coordinator.pid, workers: this.workers.map((worker) => worker.pid) };
  }

  /** Commits what is there and ends; `resume` goes on from it. */
  stop(): void {
    this.coordinator.stop();
  }

  private coordinatorArguments(): string[] {
    const { runs = 'runs', metrics, resume, workers = 2 } = this.options;
    const common = ['--runs', runs, '--minimum', String(workers), ...(metrics ? ['--metrics', metrics] : [])];
    // Once it has listened it keeps its run and its port: the workers find it there again.
    if (this.facts)
      return ['coordinator', '--resume', this.facts.run, '--listen', this.facts.address, ...common];
    if (resume) return ['coordinator', '--resume', resume, '--listen', '127.0.0.1:0', ...common];
    return ['coordinator', this.job!, '--listen', '127.0.0.1:0', ...common];
  }

  private heard(message: RunMessage): void {
    if (message.event === 'opened') this.opened(message.values[0]);
    if (message.event === 'finished') this.outcome = message.values[0];
    // What a run that could not work has come to is nothing to show.
    if (!this.failure) this.tell(message);
  }

  private heardOf(name: string, message: WorkerMessage): void {
    if (this.failure) return;
    if (message.event === 'prepared') this.emit('prepared', { name });
    else this.emit('preparing', { name, ...(message.fetched && { fetched: message.fetched }) });
  }

  private tell<Name extends keyof RunJobEvents>({
    event,
    values,
  }: {
    readonly event: Name;
    readonly values: RunJobEvents[Name];
  }): void {
    this.emit(event, ...values);
  }

  private opened(facts: RunFacts): void {
    const first = this.facts === undefined;
    this.facts = facts;
    if (!first) return;
    const count = this.options.workers ?? 2;
    const threads = this.options.threads ?? threadsFor(count);
    for (let index = 1; index <= count; index++) this.workers.push(this.worker(`worker-${index}`, threads));
  }

  private worker(name: string, threads: number): SupervisedProcess {
    const { address, fingerprint, token } = this.facts!;
    return new SupervisedProcess({
      args: () => [
        'worker',
        ...['--join', address, '--name', name, '--threads', String(threads)],
        ...['--engine', this.options.engine ?? 'cpu'],
        ...(fingerprint ? ['--fingerprint', fingerprint] : ['--insecure']),
      ],
      env: { TRIBUTARY_TOKEN: token },
      onMessage: (message) => this.heardOf(name, message as WorkerMessage),
      onRestart: (reason) => this.emit('restarted', { name, reason }),
      onEnd: ({ code, signal, output }) => {
        if (code === 0 || this.outcome || this.failure) return;
        // Starting it again does not help, and the run would wait for it for ever.
        const words = lastWords(output);
        this.failure = new RunFailedError(code, words || `${name} ${endOf(code, signal)}`);
        const why: RunImpossible = { impossible: lastError(words) || this.failure.message };
        this.coordinator.stop(why);
      },
    });
  }
}

function endOf(code: number, signal: NodeJS.Signals | null): string {
  return signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
}

/**
 * Trains a job on this machine.
 *
 * @param job path of a job file
 * @throws RunFailedError with the coordinator's message: what is wrong with the job, the data, the machine
 */
export function runJob(job: string, options: RunJobOptions = {}): LocalRun {
  return new LocalRun(job, options);
}
