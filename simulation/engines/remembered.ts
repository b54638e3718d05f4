import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '../../shared/parameters/safetensors.ts';
import type { Remembered } from '../../worker/trainer/work-order.ts';

/** Where a participant's state is read from before its work, and written to after it; undefined: there is none. */
export interface StateFiles {
  readonly before: string | undefined;
  readonly after: string;
}

export function readState(file: string | undefined): Remembered {
  if (file === undefined) return new Map();
  const { vectors } = readSafetensors(new Uint8Array(readFileSync(file)));
  return new Map(vectors.map(({ name, data }) => [name, data]));
}

export function writeState(file: string, state: Remembered): void {
  writeFileSync(
    file,
    writeSafetensors([...state].map(([name, data]) => ({ name, dims: [data.length], data }))),
  );
}

/**
 * What participants remember from round to round (control variates of SCAFFOLD, the models of Ditto), on disk: the memory of a
 * simulation does not grow with it. An engine writes a state beside the one before; it counts from the virtual instant at which its
 * work is done, as an engine may have been quicker than a participant that then gave up.
 */
export class StateFolder {
  private readonly current = new Map<number, string>();

  private constructor(private readonly directory: string) {}

  static async create(directory: string): Promise<StateFolder> {
    await mkdir(directory, { recursive: true });
    return new StateFolder(directory);
  }

  /** @param piece number of the participant's work */
  filesOf(client: number, piece: number): StateFiles {
    return {
      before: this.current.get(client),
      after: join(this.directory, `${client}-${piece}.safetensors`),
    };
  }

  /** The work is done: what it wrote is what the participant remembers. */
  keep(client: number, { before, after }: StateFiles): void {
    this.current.set(client, after);
    if (before !== undefined) rmSync(before, { force: true });
  }

  /** The work came to nothing. */
  forget({ after }: StateFiles): void {
    rmSync(after, { force: true });
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}
