import type { Command } from 'commander';
import type { WorkerMessage } from '../../launch/run-job.ts';
import { threadsFor } from '../../launch/threads.ts';
import { collectLessOften } from '../../node/heap.ts';
import { createLog } from '../../node/log.ts';
import { command, PROGRAM } from '../../shared/text/command.ts';
import { createMember } from '../../worker/create-member.ts';
import type { Member } from '../../worker/member.ts';
import { exitCodeHere, UsageError } from '../errors.ts';
import { EXIT, exitCodeOfSignal } from '../exit-codes.ts';
import {
  dialer,
  type JoiningOptions,
  joinDetails,
  joiningOptions,
  onLeave,
  refusalText,
} from '../joining.ts';
import { logMember } from '../member-log.ts';

interface WorkerOptions extends JoiningOptions {
  readonly data?: string;
}

export function register(program: Command): void {
  const command = program
    .command('worker')
    .summary('join a run and train for it')
    .description(
      'Joins a coordinator and trains for it, now or later: it may be started before the coordinator, and reconnects by itself.',
    );
  joiningOptions(command, 'worker')
    .option('--data <folder>', "own copy of the run's table: rows then need not be sent")
    .addHelpText(
      'after',
      `\nExample:\n  TRIBUTARY_TOKEN=… ${PROGRAM} worker --join 192.0.2.7:7300 --fingerprint 3f9a… --name attic\n`,
    )
    .action(work);
}

async function work(options: WorkerOptions): Promise<void> {
  collectLessOften('member');
  const log = createLog({ format: options.log });
  const details = await joinDetails(options, (file) =>
    log.info(`waiting for ${file}, which the coordinator writes`),
  );
  if (details.participants) {
    throw new UsageError(
      `this run trains on rows that participants hold: join it with ${command('participate')} and --data.`,
    );
  }
  const member = await createMember({
    dial: dialer(details, options),
    token: details.token,
    name: options.name,
    engine: options.engine,
    threads: options.threads ?? threadsFor(1),
    cache: options.cache,
    data: options.data,
  });
  logMember(member, log);
  tellParent(member);
  const closed = report(member, log);
  let hasJoined = false;
  member.on('joined', () => {
    hasJoined = true;
  });
  let interrupted: NodeJS.Signals | undefined;
  onLeave((signal) => {
    if (!hasJoined) interrupted = signal;
    void member.leave();
  });
  member.start();
  const code = await closed;
  process.exitCode = interrupted && code === EXIT.ok ? exitCodeOfSignal(interrupted) : code;
  if (process.connected) process.disconnect();
}

/** A parent that shows the run says what keeps this worker from training, before the coordinator could know. */
function tellParent(member: Member): void {
  const tell = (message: WorkerMessage): void => {
    // A parent that is gone is told nothing: sending would be an error, and leaving has begun.
    if (process.connected) process.send?.(message);
  };
  let isReady = false;
  // One that comes back is ready already, and says nothing of it.
  member.on('joined', () => isReady || tell({ event: 'preparing' }));
  member.on('fetching', (fetched) => tell({ event: 'preparing', fetched }));
  member.on('ready', () => {
    isReady = true;
    tell({ event: 'prepared' });
  });
}

/** Resolves with the exit code when all is over. */
function report(member: Member, log: ReturnType<typeof createLog>): Promise<number> {
  let code: number = EXIT.ok;
  member.on('refused', (refusal, cause) => {
    code = refusal.code === 'finished' ? EXIT.ok : (exitCodeHere(cause) ?? EXIT.refused);
    if (cause) log.error(refusal.message);
    else log.error({ code: refusal.code }, refusalText(refusal, 'worker'));
  });
  member.on('finished', ({ reason, message }) => log.info(`${reason}: ${message}`));
  return new Promise((resolve) => member.on('closed', () => resolve(code)));
}
