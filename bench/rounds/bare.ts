import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Peer } from '../row.ts';
import { spreadOf } from '../spread.ts';

export interface BareConfig {
  /** Of the weights to each client, and of the update from it. */
  readonly bytes: number;
  readonly chunk: number;
  readonly clients: number;
  readonly rounds: number;
}

export type BareMessage =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'measured'; readonly times: readonly number[] };

/** Rounds at the start in which code is compiled. */
const WARM_UP = 20;

/**
 * The same bytes over the same library, and nothing else: no checks, no sums, no books. What grpc-js costs on this
 * machine at this moment, in three processes like a run's.
 */
export async function bareGrpc(bytes: number, rounds: number): Promise<Peer> {
  const config: BareConfig = { bytes, chunk: 256 << 10, clients: 2, rounds: rounds + WARM_UP };
  const children: ChildProcess[] = [];
  const start = (script: string, argument: object): ChildProcess => {
    const child = fork(fileURLToPath(new URL(script, import.meta.url)), [JSON.stringify(argument)]);
    children.push(child);
    return child;
  };
  try {
    const times = await new Promise<readonly number[]>((resolve, reject) => {
      const server = start('./bare-server.js', config);
      server.once('error', reject);
      server.once('exit', (code) => reject(new Error(`the bare server ended with code ${code}`)));
      server.on('message', (message: BareMessage) => {
        if (message.type === 'measured') return resolve(message.times);
        for (let index = 0; index < config.clients; index++)
          start('./bare-client.js', { ...config, port: message.port });
      });
    });
    return { name: 'bare grpc-js', version: 'the same bytes', spread: spreadOf(times.slice(WARM_UP)) };
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
}
