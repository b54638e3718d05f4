import type { MemoryJob } from '../../shared/job/job.ts';
import type { Program } from '../../shared/programs/program.ts';
import { examplesIn, stepMemory } from '../../shared/programs/step-memory.ts';

/** Of the memory that is free a run takes so much at most: others on this machine, other members too, need some as well. */
const SHARE = 0.5;

/** Where nobody knows how much is free. */
const MODEST = 2 ** 30;

/** How many examples a program runs at once at most: as the job says, or as many as this member's memory holds. */
export class MicroBatches {
  private readonly known = new Map<Program, number>();

  /** @param free bytes that this process could still take, where the platform tells */
  constructor(
    private readonly size: MemoryJob['microBatch'],
    private readonly free: () => number = () => MODEST,
  ) {}

  /** @throws Error when it is to be found out, and only the data decide how large the program's values are */
  most(program: Program): number {
    if (this.size !== 'auto') return this.size ?? Number.POSITIVE_INFINITY;
    const known = this.known.get(program);
    if (known !== undefined) return known;
    const most = examplesIn(SHARE * this.free(), memoryOf(program));
    this.known.set(program, most);
    return most;
  }
}

function memoryOf(program: Program): ReturnType<typeof stepMemory> {
  try {
    return stepMemory(program);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`memory.micro-batch: auto cannot tell how much a step takes (${why}); give a number`, {
      cause,
    });
  }
}
