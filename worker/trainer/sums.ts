import type { BoundProgram } from './bound-program.ts';

/** Adds up a program's sums and extras over batches, in float64. */
export class SumAccumulator {
  private readonly totals = new Map<string, number>();

  add(bound: BoundProgram): void {
    bound.program.sums.forEach((name, index) => {
      this.plus(name, bound.sums[index]!);
    });
    for (const [name, values] of Object.entries(bound.extras)) {
      // Sparse: most cells of a confusion matrix are zero.
      values.forEach((value, index) => {
        if (value !== 0) this.plus(`${name}.${index}`, value);
      });
    }
  }

  addAll(other: SumAccumulator): void {
    for (const [name, value] of other.totals) this.plus(name, value);
  }

  get(name: string): number {
    return this.totals.get(name) ?? 0;
  }

  toRecord(): Record<string, number> {
    return Object.fromEntries(this.totals);
  }

  private plus(name: string, value: number): void {
    this.totals.set(name, (this.totals.get(name) ?? 0) + value);
  }
}
