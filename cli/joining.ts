import { hostname } from 'node:os';
import { type Command, Option } from 'commander';
import { ENGINE_NAMES, type EngineName } from '../engines/create.ts';
import { dialGrpc } from '../node/transports/grpc-client.ts';
import { dialWebSocket } from '../node/transports/websocket-client.ts';
import type { Channel } from '../shared/protocol/channel.ts';
import { type FinalRefusal, isFoundHere } from '../shared/protocol/member-session.ts';
import { UsageError } from './errors.ts';
import { type JoinDetails, readJoinFile } from './join-file.ts';
import { cacheFolder, hostAndPort, tokenFrom, wholeNumber } from './options.ts';

/** Options of every command that joins a run. */
export interface JoiningOptions {
  readonly join?: string;
  readonly joinFile?: string;
  readonly engine: EngineName;
  readonly threads?: number;
  readonly name: string;
  readonly fingerprint?: string;
  readonly insecure?: boolean;
  readonly websocket?: boolean;
  readonly tokenFile?: string;
  readonly cache: string;
  readonly log: 'pretty' | 'json' | 'auto';
}

/** @param calls how the coordinator calls who joins */
export function joiningOptions(command: Command, calls: 'worker' | 'participant'): Command {
  return command
    .option('--join <host:port>', 'address that the coordinator printed', hostAndPort)
    .option(
      '--join-file <file>',
      'file that coordinator --join-file writes, in place of address, fingerprint and token; waits for it',
    )
    .option('--fingerprint <sha256>', "the coordinator's certificate, as its join command says")
    .option('--token-file <file>', 'file with the join token (default: environment variable TRIBUTARY_TOKEN)')
    .option('--insecure', 'plaintext, for a coordinator that was started so')
    .option('--websocket', 'WebSocket instead of gRPC: --join then names that port')
    .option('--name <name>', `how the coordinator calls this ${calls}`, hostname())
    .addOption(new Option('--engine <name>', 'what computes').choices([...ENGINE_NAMES]).default('cpu'))
    .option('--threads <n>', 'threads of the engine (default: all cores)', wholeNumber(1))
    .option('--cache <folder>', 'where encoded rows are kept', cacheFolder())
    .addOption(
      new Option('--log <format>', 'how to log').choices(['pretty', 'json', 'auto']).default('auto'),
    );
}

/**
 * From the join file, or from the options and the environment.
 *
 * @param waiting called once, if the join file is not there yet
 * @throws UsageError
 */
export async function joinDetails(
  { join, joinFile, fingerprint, insecure, tokenFile }: JoiningOptions,
  waiting: (file: string) => void,
): Promise<JoinDetails> {
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

/** Why a member cannot be one, by who found it: the coordinator, or this side before a word was said to it. */
export function refusalText({ code, message }: FinalRefusal, who: 'worker' | 'participant'): string {
  return isFoundHere({ code })
    ? `this ${who} cannot join: ${message}`
    : `the coordinator does not take this ${who}: ${message}`;
}

/** Opens connections to the coordinator. */
export function dialer(
  { address, fingerprint }: JoinDetails,
  { websocket = false }: Pick<JoiningOptions, 'websocket'>,
): () => Promise<Channel> {
  const dial = websocket ? dialWebSocket : dialGrpc;
  return () => dial({ address, fingerprint, insecure: fingerprint === undefined });
}

/** Leaves in good order when the process is asked to end, or its terminal is closed; `signal` says how it was asked. */
export function onLeave(leave: (signal?: NodeJS.Signals) => void): void {
  process.once('SIGINT', leave);
  process.once('SIGTERM', leave);
  process.once('SIGHUP', leave);
  // Started by a parent that supervises it: without the parent there is nothing to work for.
  process.once('disconnect', () => leave());
}
