import type { Vector, VectorMemory } from '../../shared/parameters/memory.ts';

const PREFIX = 'optimizer.';
const STEPS = `${PREFIX}steps`;

/** The optimizer's state on the member: its slots, and how many steps they have seen (for bias corrections). */
export class Moments {
  /** Optimizer steps so far. */
  steps = 0;

  constructor(
    private readonly memory: VectorMemory,
    readonly slots: Readonly<Record<string, Vector>>,
  ) {}

  /** Federated participants begin each round without moments of the one before (McMahan et al. 2017; Reddi et al. 2021). */
  forget(): void {
    for (const slot of Object.values(this.slots)) this.memory.kernels.fill(slot, 0);
    this.steps = 0;
  }

  /** Runs something that trains another model, with moments of its own, which are gone afterwards. */
  async aside<Result>(run: () => Promise<Result>): Promise<Result> {
    const kept = this.snapshot();
    this.forget();
    try {
      return await run();
    } finally {
      this.restore(kept);
    }
  }

  /** Copies, by name. */
  snapshot(): Map<string, Float32Array> {
    const slots = Object.entries(this.slots).map(
      ([name, slot]) => [`${PREFIX}${name}`, slot.view.slice()] as const,
    );
    return new Map([...slots, [STEPS, Float32Array.of(this.steps)]]);
  }

  /** What is not among the vectors becomes zero. */
  restore(vectors: ReadonlyMap<string, Float32Array>): void {
    this.forget();
    for (const [name, slot] of Object.entries(this.slots)) {
      const values = vectors.get(`${PREFIX}${name}`);
      if (values) slot.view.set(values);
    }
    this.steps = vectors.get(STEPS)?.[0] ?? 0;
  }
}
