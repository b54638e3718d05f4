import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { runScript } from './python.ts';

const run = promisify(execFile);

/** Why a row lacks Flower. */
export const NO_FLOWER = 'not installed';

/** Whether this Python has Flower. */
export async function hasFlower(python: string | undefined): Promise<boolean> {
  if (python === undefined) return false;
  try {
    await run(python, ['-c', 'import flwr']);
    return true;
  } catch {
    return false;
  }
}

/** What `flower_server.py` measured of its server. */
export interface FlowerServer {
  readonly version: string;
  /** Milliseconds of each round. */
  readonly rounds: readonly number[];
  /** Milliseconds of the server's processor time in each of them. */
  readonly cpu: readonly number[];
  /** Bytes of parameters in a round, both directions, all clients. */
  readonly bytesPerRound: number;
  /** Largest resident memory of the server's process, bytes. */
  readonly peakMemory: number;
}

export async function flowerServer(
  python: string,
  { floats, clients, rounds }: { readonly floats: number; readonly clients: number; readonly rounds: number },
): Promise<FlowerServer> {
  const args = [floats, clients, rounds].map(String);
  return (await runScript(python, 'flower_server.py', args)) as FlowerServer;
}
