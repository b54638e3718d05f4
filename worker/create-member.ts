import type { EngineName } from '../engines/create.ts';
import { nodeHasher } from '../node/hasher.ts';
import { probeCache } from './data/cache-folder.ts';
import { RowsOnDisk, type RowsOnDiskOptions } from './data/rows-on-disk.ts';
import { FrozenOnDisk } from './frozen/frozen-on-disk.ts';
import { Member } from './member.ts';
import type { MemberOptions } from './member-options.ts';
import { statesBelow } from './memory/states-on-disk.ts';
import { startTrainerThread } from './trainer/trainer-thread.ts';

/** A member in Node: its trainer is a worker thread, and rows are files. */
export interface NodeMemberOptions extends MemberOptions, RowsOnDiskOptions {
  readonly engine: EngineName;
  readonly threads: number;
  /** Folder where a participant keeps what it remembers of runs; without it, that lasts as long as the process. */
  readonly states?: string;
}

/**
 * Starts the engine; nothing is asked of the network before it is there.
 *
 * @throws FolderError when the folder for rows cannot be written; EngineError when the engine is not available on this machine
 */
export async function createMember(options: NodeMemberOptions): Promise<Member> {
  await probeCache(options.cache);
  const trainer = startTrainerThread({ engine: options.engine, threads: options.threads });
  const engine = await trainer.info();
  const rows = new RowsOnDisk(options);
  const states = options.states === undefined ? undefined : statesBelow(options.states);
  const frozen = new FrozenOnDisk(options.cache);
  return new Member(
    {
      ...{
        trainer,
        engine,
        rows,
        frozen,
        hasher: nodeHasher,
        forLargerModels: 'Give --max-model to take more',
      },
      ...(states && { states }),
    },
    options,
  );
}
