import { type Command, Option } from 'commander';
import { coordinate, type RunFacts, type RunMessage } from '../../launch/coordinate.ts';
import { isRunImpossible, whyStopped } from '../../launch/why-stopped.ts';
import { collectLessOften } from '../../node/heap.ts';
import { createLog } from '../../node/log.ts';
import { PROGRAM } from '../../shared/text/command.ts';
import { shellWord } from '../../shared/text/shell-word.ts';
import { UsageError } from '../errors.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { joinCommand, joinPage } from '../join-command.ts';
import { writeJoinFile } from '../join-file.ts';
import { hostAndPort, LISTEN, RUNS, runId, wholeNumber } from '../options.ts';
import { coordinatorAgain, type KeptOptions, keepOptions } from '../resume-command.ts';
import { runPlace } from '../run-place.ts';
import { RunScreen } from '../run-screen.ts';

interface CoordinatorCommandOptions extends KeptOptions {
  readonly runs: string;
  readonly resume?: string;
  readonly run?: string;
  readonly log: 'pretty' | 'json' | 'auto';
}

export function register(program: Command): void {
  program
    .command('coordinator')
    .summary('coordinate a run: workers or participants on other machines join it')
    .description(
      'Starts a run and waits for its workers. Prints the command that joins it from another machine. The weights are committed as it goes: after a crash, --resume goes on.',
    )
    .argument('[job]', 'job file (YAML)')
    .option('--listen <host:port>', 'address for workers (gRPC)', hostAndPort, LISTEN)
    .option('--websocket <host:port>', 'address for members over WebSocket', hostAndPort)
    .option('--metrics <host:port>', 'address for /metrics (Prometheus) and /healthz', hostAndPort)
    .option('--runs <folder>', 'folder of all runs', RUNS)
    .option('--resume <run>', 'go on with this run instead of starting a new one')
    .option(
      '--run <id>',
      "id of the job's run: gone on with when it is there, so that a restart needs no other command",
      runId,
    )
    .option('--advertise <host>', 'host in the join command: how workers reach this machine')
    .option('--join-file <file>', 'write there what is needed to join, for worker or participate --join-file')
    .option('--minimum <n>', "fewest members to train with (default: the job's)", wholeNumber(1))
    .option('--insecure', 'plaintext instead of TLS')
    .option('--tls-cert <file>', "certificate (PEM) that browsers trust, instead of the run's own")
    .option('--tls-key <file>', 'its private key (PEM)')
    .addOption(
      new Option('--log <format>', 'how to log; auto: pretty in a terminal, json elsewhere')
        .choices(['pretty', 'json', 'auto'])
        .default('auto'),
    )
    .addHelpText(
      'after',
      `\nExamples:\n  ${PROGRAM} coordinator job.yaml --listen 0.0.0.0:7300\n  ${PROGRAM} coordinator --resume digits-20260101-120000-1a2b\n`,
    )
    .action(run);
}

async function run(job: string | undefined, options: CoordinatorCommandOptions): Promise<void> {
  collectLessOften('coordinator');
  if ((job === undefined) === (options.resume === undefined)) {
    throw new UsageError('give a job file for a new run, or --resume RUN for an old one, and not both.');
  }
  if (options.run !== undefined && job === undefined) throw new UsageError('--run goes with a job file.');
  if ((options.tlsCert === undefined) !== (options.tlsKey === undefined)) {
    throw new UsageError('--tls-cert and --tls-key go together: a certificate and its private key.');
  }
  if (options.tlsCert !== undefined && options.insecure) {
    throw new UsageError('--insecure is plaintext, which has no certificate: leave it or --tls-cert out.');
  }
  const resumed = options.resume === undefined ? undefined : runPlace(options.resume, options.runs);
  const supervised = process.send !== undefined;
  const screen = supervised ? undefined : new RunScreen((at) => coordinatorAgain(options, at));
  const log = createLog({ format: options.log, level: screen?.live ? 'error' : 'info', plain: !supervised });
  const stopping = new AbortController();
  let files: Promise<unknown> | undefined;
  /** Once: a run keeps the doors that its survey was at. */
  let isShown = false;
  /** A warning goes where people look: to the parent, which shows the run, or to the live screen, which a log would tear. */
  const warn = (text: string): void => {
    const warning: RunMessage = { event: 'warning', values: [text] };
    if (supervised) process.send?.(warning);
    else if (screen?.live) screen.show(warning);
  };
  const stop = (): void => stopping.abort('asked to stop');
  const giveUp = (message: string): void => stopping.abort(new Error(message));
  const coordination = await coordinate(
    {
      stop: stopping.signal,
      job,
      run: options.run,
      resume: resumed?.id,
      runs: resumed?.runs ?? options.runs,
      listen: {
        grpc: options.listen,
        websocket: options.websocket,
        insecure: options.insecure,
        ...(options.tlsCert &&
          options.tlsKey && { certificate: { cert: options.tlsCert, key: options.tlsKey } }),
      },
      advertise: options.advertise,
      metrics: options.metrics,
      minimum: options.minimum,
      log: (level, message, facts) => {
        log[level](facts ?? {}, message);
        if (level !== 'info') warn(message);
      },
    },
    (message) => {
      const asked = askedToJoin(message);
      if (asked && !files) onStop(stop, giveUp);
      if (asked) {
        files = Promise.all([files, keepFiles(options, asked)]);
        const { joinFile } = options;
        // Before that nobody can join by it.
        if (joinFile && screen && !isShown) {
          void files.then(
            () =>
              screen.notice(
                `${joinFile} is written: whoever has it joins with --join-file ${shellWord(joinFile)}\n`,
              ),
            () => undefined,
          );
        }
        // Said at the end, which it brings about: nobody can join.
        files.catch((error: unknown) =>
          giveUp(`what is needed to join or to go on could not be written: ${(error as Error).message}`),
        );
      }
      if (!screen) return void process.send?.(message);
      screen.show(message);
      if (!asked || isShown) return;
      isShown = true;
      screen.notice(`${joinTitle(asked.address)}\n\n  ${joinCommand(asked)}\n`);
      const { websocket } = asked;
      if (websocket) screen.notice(`Over WebSocket:\n\n  ${joinCommand(asked, 'websocket')}\n`);
      if (websocket && asked.federated) {
        screen.notice(`In a browser:\n\n  ${joinPage({ ...asked, websocket })}\n`);
      }
    },
  );
  const end = (): void => coordination.stop(whyStopped(stopping.signal));
  stopping.signal.addEventListener('abort', end);
  if (stopping.signal.aborted) end();
  try {
    const outcome = await coordination.done;
    await files;
    process.exitCode = exitCodeOf(outcome);
    screen?.end();
    // There is no report of it; a parent that shows the run says it itself.
    if (screen && outcome.reason === 'failed') process.stderr.write(`error: ${outcome.message}\n`);
  } finally {
    screen?.end();
    // The channel to a parent would keep this process alive, also after an error.
    if (process.connected) process.disconnect();
  }
}

/** From when there is something to end in good order; before that, a signal ends the process as any other. */
function onStop(stop: () => void, giveUp: (message: string) => void): void {
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  // A terminal that is closed.
  process.once('SIGHUP', stop);
  process.once('disconnect', stop);
  process.on('message', (message) => {
    if (isRunImpossible(message)) giveUp(message.impossible);
  });
}

type Asked = Parameters<typeof joinCommand>[0] & Pick<RunFacts, 'run' | 'directory' | 'federated'>;

/** What others read: how to join, and how the run is gone on with. */
async function keepFiles(options: CoordinatorCommandOptions, asked: Asked): Promise<void> {
  await keepOptions(options, asked);
  if (!options.joinFile) return;
  await writeJoinFile(options.joinFile, { ...asked, participants: asked.federated });
}

/** What those who join need to know, when there is somebody to join. */
function askedToJoin(message: RunMessage): Asked | undefined {
  if (message.event === 'surveying') return { ...message.values[0], federated: true };
  return message.event === 'opened' ? message.values[0] : undefined;
}

/** A coordinator that listens on loopback only cannot be joined from elsewhere. */
function joinTitle(address: string): string {
  return /^(127\.|localhost:|\[::1\])/.test(address)
    ? 'On this machine (for other machines, start it with --listen 0.0.0.0:PORT):'
    : 'On another machine:';
}
