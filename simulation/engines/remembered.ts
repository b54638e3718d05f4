import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '../../shared/parameters/safetensors.ts';
import type { Assignment, AssignmentId } from '../../shared/protocol/assignment.ts';
import type { Remembered } from '../../worker/trainer/work-order.ts';

/** Where a participant's state is read from before its work, and written to after it; undefined: there is none. */
export interface StateFiles {
  readonly before: string | undefined;
  readonly after: string;
}

/** Of an assignment: which it is, and which one its participant goes on from. */
type Remembering = Pick<Assignment, 'id' | 'counted'>;

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
 * What participants remember from round to round (control variates of SCAFFOLD, the models of Ditto, what encodings lost), on disk: the
 * memory of a simulation does not grow with it. As with real members a state has the name of the work that left it, and the next work
 * goes on from the one that counted. It is there from the virtual instant at which its work is done, as an engine may have been quicker
 * than a participant that then gave up.
 */
export class StateFolder {
  /** Of each participant, by assignment: the one that counted last, and the newest. */
  private readonly states = new Map<number, ReadonlyMap<AssignmentId, string>>();

  private constructor(private readonly directory: string) {}

  static async create(directory: string): Promise<StateFolder> {
    await mkdir(directory, { recursive: true });
    return new StateFolder(directory);
  }

  filesOf(client: number, { id, counted = '' }: Remembering): StateFiles {
    return {
      before: this.states.get(client)?.get(counted),
      after: join(this.directory, `${client}-${id}.safetensors`),
    };
  }

  /** The work is done: what it wrote is what the participant remembers, if it counts. */
  keep(client: number, { id, counted = '' }: Remembering, { before, after }: StateFiles): void {
    for (const file of this.states.get(client)?.values() ?? []) {
      if (file !== before) rmSync(file, { force: true });
    }
    this.states.set(
      client,
      new Map([...(before === undefined ? [] : [[counted, before] as const]), [id, after]]),
    );
  }

  /** The work came to nothing. */
  forget({ after }: StateFiles): void {
    rmSync(after, { force: true });
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }
}
