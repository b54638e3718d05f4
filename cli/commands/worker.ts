import { hostname } from 'node:os';
import { type Command, Option } from 'commander';
import { ENGINE_NAMES, type EngineName } from '../../engines/create.ts';
import { threadsFor } from '../../launch/threads.ts';
import { collectLessOften } from '../../node/heap.ts';
import { createLog } from '../../node/log.ts';
import { dialGrpc } from '../../node/transports/grpc-client.ts';
import { dialWebSocket } from '../../node/transports/websocket-client.ts';
import { createMember } from '../../worker/create-member.ts';
import type { Member } from '../../worker/member.ts';
import { UsageError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { type JoinDetails, readJoinFile } from '../join-file.ts';
import { cacheFolder, hostAndPort, tokenFrom, wholeNumber } from '../options.ts';

interface WorkerOptions {
  readonly join?: string;
  readonly joinFile?: string;
  readonly engine: EngineName;
  readonly threads?: number;
  readonly name: string;
  readonly fingerprint?: string;
  readonly insecure?: boolean;
  readonly websocket?: boolean;
  readonly tokenFile?: string;
  readonly data?: string;
  readonly cache: string;
  readonly log: 'pretty' | 'json' | 'auto';
}

export function register(program: Command): void {
  program
    .command('worker')
    .summary('join a run and train for it')
    .description(
      'Joins a coordinator and trains for it, now or later: it may be started before the coordinator, and reconnects by itself.',
    )
    .option('--join <host:port>', 'address that the coordinator printed', hostAndPort)
    .option(
      '--join-file <file>',
      'file that coordinator --join-file writes, in place of address, fingerprint and token; waits for it',
    )
    .addOption(new Option('--engine <name>', 'what computes').choices([...ENGINE_NAMES]).default('cpu'))
    .option('--threads <n>', 'threads of the engine (default: all cores)', wholeNumber(1))
    .option('--name <name>', 'how the coordinator calls this worker', hostname())
    .option('--fingerprint <sha256>', "the coordinator's certificate, as its join command says")
    .option('--token-file <file>', 'file with the join token (default: environment variable TRIBUTARY_TOKEN)')
    .option('--insecure', 'plaintext, for a coordinator that was started so')
    .option('--websocket', 'WebSocket instead of gRPC: --join then names that port')
    .option('--data <folder>', "own copy of the run's table: rows then need not be sent")
    .option('--cache <folder>', 'where fetched rows are kept', cacheFolder())
    .addOption(new Option('--log <format>', 'how to log').choices(['pretty', 'json', 'auto']).default('auto'))
    .addHelpText(
      'after',
      '\nExample:\n  TRIBUTARY_TOKEN=… tributary worker --join 192.0.2.7:7300 --fingerprint 3f9a… --name attic\n',
    )
    .action(work);
}

async function work(options: WorkerOptions): Promise<void> {
  collectLessOften();
  const log = createLog({ format: options.log });
  const dial = options.websocket ? dialWebSocket : dialGrpc;
  const { address, fingerprint, token } = await joinDetails(options, (file) =>
    log.info(`waiting for ${file}, which the coordinator writes`),
  );
  const insecure = fingerprint === undefined;
  const member = await createMember({
    dial: () => dial({ address, fingerprint, insecure }),
    token,
    name: options.name,
    engine: options.engine,
    threads: options.threads ?? threadsFor(1),
    cache: options.cache,
    data: options.data,
  });
  const closed = report(member, log);
  const leave = (): void => void member.leave();
  process.once('SIGINT', leave);
  process.once('SIGTERM', leave);
  // A terminal that is closed.
  process.once('SIGHUP', leave);
  // Started by a parent that supervises it: without the parent there is nothing to work for.
  process.once('disconnect', leave);
  member.start();
  process.exitCode = await closed;
  if (process.connected) process.disconnect();
}

/** From the join file, or from the options and the environment. */
async function joinDetails(options: WorkerOptions, waiting: (file: string) => void): Promise<JoinDetails> {
  const { join, joinFile, fingerprint, insecure, tokenFile } = options;
  if ((join === undefined) === (joinFile === undefined)) {
    throw new UsageError('give --join HOST:PORT from the join command, or --join-file, and not both.');
  }
  if (joinFile !== undefined) return readJoinFile(joinFile, () => waiting(joinFile));
  const token = tokenFrom(tokenFile);
  if (!token) {
    throw new UsageError(
      'no token: set TRIBUTARY_TOKEN or give --token-file. The coordinator prints it in its join command.',
    );
  }
  if (!fingerprint && !insecure) {
    throw new UsageError(
      'no certificate to trust: give --fingerprint from the join command, or --insecure for a coordinator without TLS.',
    );
  }
  return { address: join!, fingerprint: insecure ? undefined : fingerprint, token };
}

/** Writes what happens to the log, and resolves with the exit code when all is over. */
function report(member: Member, log: ReturnType<typeof createLog>): Promise<number> {
  let code: number = EXIT.ok;
  let away = false;
  member.on('engine', (info) =>
    log.info(info, `engine ${info.name} ${info.provider}, ${info.threads} threads`),
  );
  member.on('joined', ({ runName, run, member: id }) => {
    away = false;
    log.info({ run, member: id }, `joined run ${run} (${runName}) as ${id}`);
  });
  member.on('ready', (facts) => log.info(facts, `ready: ${facts.floats} weights, ${facts.rows} rows`));
  member.on('started', (assignment) => log.debug(assignment, `assignment ${assignment.id}`));
  member.on('done', (done) => log.debug(done, `${done.id}: ${done.status}`));
  member.on('failed', (failure) => log.warn(failure, `assignment ${failure.id}: ${failure.message}`));
  member.on('disconnected', (reason, retryInMs) => {
    // Once: it goes on trying, and would say the same every few seconds.
    if (!away) log.warn(`no connection: ${reason}; trying again (first in ${Math.ceil(retryInMs / 1000)} s)`);
    away = true;
  });
  member.on('refused', ({ code: why, message }) => {
    code = why === 'finished' ? EXIT.ok : EXIT.refused;
    log.error({ code: why }, `the coordinator does not take this worker: ${message}`);
  });
  member.on('finished', ({ reason, message }) => log.info(`${reason}: ${message}`));
  return new Promise((resolve) => member.on('closed', () => resolve(code)));
}
