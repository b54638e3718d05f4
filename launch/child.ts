import { type ChildProcess, fork } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The command line's entry: from source it is the compiled one, which must have been built. */
const MAIN = fileURLToPath(
  import.meta.url.endsWith('.ts')
    ? new URL('../dist/cli/main.js', import.meta.url)
    : new URL('../cli/main.js', import.meta.url),
);

/** Exit codes of a user's mistake: starting the process again would not help. See docs/exit-codes.md. */
const HOPELESS = { from: 2, to: 63 };

/** A child that dies this often in a row, each time within a few seconds of its start, is given up. */
const QUICK_DEATHS = 5;
const QUICK_MS = 3_000;

export interface SupervisedOptions {
  /** Arguments of the command line; asked again at each start, with the number of starts before. */
  readonly args: (restarts: number) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onMessage?: (message: unknown) => void;
  /** The child ended and will be started again. */
  readonly onRestart?: (reason: string) => void;
  /** The child ended for good: done, hopeless, or stopped. */
  readonly onEnd: (end: {
    readonly code: number;
    /** The signal that ended it: `code` is then 128 and its number, as shells say it. */
    readonly signal: NodeJS.Signals | null;
    readonly output: string;
  }) => void;
}

function codeOf(signal: NodeJS.Signals | null): number {
  return signal === null ? 1 : 128 + constants.signals[signal];
}

/** A process of this program that is started again whenever it dies. */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private restarts = 0;
  private quickDeaths = 0;
  private stopping = false;
  private output = '';

  constructor(private readonly options: SupervisedOptions) {
    this.start();
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Asks the child to end in good order.
   *
   * @param message what it is told in place of the signal, where it listens
   */
  stop(message?: object): void {
    this.stopping = true;
    const { child } = this;
    if (message === undefined || !child?.connected) child?.kill('SIGTERM');
    else child.send(message, (error) => error && child.kill('SIGTERM'));
  }

  private start(): void {
    const startedAt = Date.now();
    this.output = '';
    const child = fork(MAIN, [...this.options.args(this.restarts)], {
      env: { ...process.env, ...this.options.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C on a terminal goes to the whole group; children are told by their parent instead.
      detached: true,
    });
    this.child = child;
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString('utf8')).slice(-8_192);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('message', (message) => this.options.onMessage?.(message));
    child.on('error', (error) => keep(Buffer.from(error.message)));
    child.on('close', (code, signal) => this.ended(code, signal, Date.now() - startedAt));
  }

  private ended(code: number | null, signal: NodeJS.Signals | null, lived: number): void {
    const hopeless = code !== null && code >= HOPELESS.from && code <= HOPELESS.to;
    this.quickDeaths = lived < QUICK_MS ? this.quickDeaths + 1 : 0;
    if (code === 0 || hopeless || this.stopping || this.quickDeaths >= QUICK_DEATHS) {
      this.options.onEnd({ code: code ?? codeOf(signal), signal, output: this.output });
      return;
    }
    this.restarts++;
    this.options.onRestart?.(signal ? `killed by ${signal}` : `ended with code ${code}`);
    this.start();
  }
}
