import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PARTIAL, writeAll, writeDurably } from '../../node/files/durable.ts';
import { readSafetensors, writeSafetensors } from '../../shared/parameters/safetensors.ts';
import type { AssignmentId } from '../../shared/protocol/assignment.ts';
import type { Remembered } from '../trainer/work-order.ts';
import { type OpenStates, STATES_KEPT, type StateStore } from './state-store.ts';

const EXTENSION = '.safetensors';

/** Keeps each run's states, for each set of rows, in a folder of their own below this one. */
export function statesBelow(folder: string): OpenStates {
  return (run, rowsHash) => StatesOnDisk.open(join(folder, shortHash(`${run}\n${rowsHash}`)));
}

/** A file for each state: whole, or not there (`writeDurably`). Names from the network are hashed: they are no paths. */
export class StatesOnDisk implements StateStore {
  private constructor(
    private readonly folder: string,
    /** Of the newest file; they are numbered in the order of their writing. */
    private newest: number,
  ) {}

  /** Makes the folder, and removes what a process that died left half written. */
  static async open(folder: string): Promise<StatesOnDisk> {
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder)) {
      if (name.endsWith(PARTIAL)) await rm(join(folder, name), { force: true });
    }
    const last = (await files(folder)).at(-1);
    return new StatesOnDisk(folder, last ? Number.parseInt(last, 10) : 0);
  }

  async read(assignment: AssignmentId): Promise<Remembered | undefined> {
    const name = await this.find(assignment);
    if (name === undefined) return undefined;
    const path = join(this.folder, name);
    try {
      const { vectors } = readSafetensors(await readFile(path));
      return new Map(vectors.map(({ name: vector, data }) => [vector, data]));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `what was remembered of this run cannot be read: ${path}: ${why} Remove the file to begin anew.`,
        { cause },
      );
    }
  }

  async write(assignment: AssignmentId, state: Remembered, kept: readonly AssignmentId[]): Promise<void> {
    const former = await this.find(assignment);
    this.newest += 1;
    const name = `${String(this.newest).padStart(12, '0')}-${shortHash(assignment)}${EXTENSION}`;
    const vectors = [...state].map(([vector, data]) => ({ name: vector, data }));
    const bytes = writeSafetensors(vectors, { assignment });
    await writeDurably(join(this.folder, name), (file) => writeAll(file, bytes));
    const needed = await Promise.all(kept.map((one) => this.find(one)));
    const old = (await files(this.folder)).slice(0, -STATES_KEPT).filter((one) => !needed.includes(one));
    for (const one of former === undefined ? old : [...old, former]) {
      await rm(join(this.folder, one), { force: true });
    }
  }

  private async find(assignment: AssignmentId): Promise<string | undefined> {
    const end = `-${shortHash(assignment)}${EXTENSION}`;
    return (await files(this.folder)).filter((name) => name.endsWith(end)).at(-1);
  }
}

/** Oldest first. */
async function files(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith(EXTENSION)).sort();
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
