import type { ParameterEntry } from '../../shared/parameters/layout.ts';
import type { Vector } from '../../shared/parameters/memory.ts';

/**
 * Parameters that do not learn for a while, whatever the optimizer does with a gradient of zero (weight decay, momentum): they are
 * put back after each step.
 */
export class Frozen {
  private readonly values: readonly Float32Array[];

  constructor(
    private readonly entries: readonly ParameterEntry[],
    parameters: Vector,
  ) {
    this.values = entries.map(({ offset, length }) => parameters.view.slice(offset, offset + length));
  }

  /** Their gradient must not count in the norm either. */
  zero(gradient: Vector): void {
    for (const { offset, length } of this.entries) gradient.view.fill(0, offset, offset + length);
  }

  putBack(parameters: Vector): void {
    for (const [index, { offset }] of this.entries.entries()) {
      parameters.view.set(this.values[index]!, offset);
    }
  }
}
