import type { BoundProgram } from './bound-program.ts';
import type { TrainerContext } from './context.ts';

/** As torch.amp.GradScaler begins, of a loss that is a mean. */
const FIRST = 2 ** 16;

/** So many runs in a row whose gradients were finite, and the scale is doubled. */
const INTERVAL = 2000;

/** A gradient that is not finite at the least scale is not for a lack of range, and one that vanishes at the most is none. */
const LEAST = 2 ** -16;
const MOST = 2 ** 24;

/**
 * What the loss is multiplied by before it is differentiated, found by trial (Micikevicius et al. 2018; dynamic as in
 * torch.amp.GradScaler): halved when gradients overflow, doubled when they have not for long.
 *
 * It is the member's own, and nobody else hears of it. GradScaler skips a step whose gradients overflow: here that step's
 * rows would be missing from the sum of several members, who must all skip it or none. Instead the member computes the same
 * rows again at half the scale, until what it sends is finite. So an update is always that of all its rows, scales are
 * powers of two that are divided out exactly, and N members with N scales give the gradient that one gives, to rounding.
 * A scale is found once, in the first few runs; after that one in 2000 is computed twice.
 */
export class LossScale {
  private scale = FIRST;
  /** The last that gradients were finite with. */
  private proven = FIRST;
  private finite = 0;

  /** Programs give the gradient of a sum: as much less as there are examples, by a power of two. */
  of(examples: number): number {
    return this.scale / 2 ** Math.ceil(Math.log2(Math.max(1, examples)));
  }

  succeeded(): void {
    this.proven = this.scale;
    this.finite++;
    if (this.finite < INTERVAL) return;
    this.finite = 0;
    this.scale = Math.min(MOST, 2 * this.scale);
  }

  /** @returns whether there is a smaller one to try; else it was not the scale's fault, and it is again what it was */
  backOff(): boolean {
    this.finite = 0;
    const isLeast = this.scale <= LEAST;
    this.scale = isLeast ? this.proven : this.scale / 2;
    return !isLeast;
  }
}

/**
 * Runs a program on the first `count` examples; gradients end in the update vector as they are of the loss itself, finite if any
 * scale makes them so. Where the loss is not finite either, float16 overflowed on the way to it, or training diverged: no scale
 * would change that, and what came out goes to the coordinator, as it would without.
 */
export async function runScaled(
  { memory, layout, update, lossScale }: TrainerContext,
  bound: BoundProgram,
  count: number,
): Promise<void> {
  if (!bound.program.scaled) return bound.run(count);
  const gradient = update.slice(0, layout.trainable);
  do {
    const scale = lossScale.of(count);
    await bound.run(count, scale);
    if (memory.kernels.isFinite(gradient)) {
      memory.kernels.scale(gradient, 1 / scale);
      lossScale.succeeded();
      return;
    }
  } while (bound.sums.every(Number.isFinite) && lossScale.backOff());
}
