import type { GraphBuilder } from '../../onnx/builder.ts';

/**
 * Keeps a runtime from what it would otherwise do with nodes that are there twice: ONNX Runtime joins equal nodes of equal
 * inputs, and runs nodes when its own order has them, not ours. So a value that goes into a repeated block is copied, as what a
 * condition chooses that is never true but is computed from gradients that have to come first. One pass over what a block
 * begins with; a Reshape to a computed shape would be none, but would hide the sizes from shape inference.
 */
export class Barrier {
  readonly #builder: GraphBuilder;
  #waiting: string[] = [];
  #latest: string | undefined;

  constructor(builder: GraphBuilder) {
    this.#builder = builder;
  }

  /** Whether there is anything to wait for. */
  get isReady(): boolean {
    return this.#latest !== undefined || this.#waiting.length > 0;
  }

  /** Values that are to be computed before anything behind the next barrier. */
  after(values: readonly string[]): void {
    this.#waiting.push(...values);
  }

  /** The newest of the gradients that are passed on; the next barrier waits for it too. */
  latest(value: string | undefined): void {
    this.#latest = value ?? this.#latest;
  }

  /** The same values under new names, once everything is computed that was to come first. */
  behind(values: readonly string[]): [string, string][] {
    const never = this.#never();
    return values.map((value) => [
      value,
      this.#builder.op('Where', [never, value, value], {}, `${value}/late`),
    ]);
  }

  /** [1], false. Not 0 times a gradient, which would not be 0 where that is not finite. */
  #never(): string {
    const builder = this.#builder;
    const values = this.#latest === undefined ? this.#waiting : [...this.#waiting, this.#latest];
    this.#waiting = [];
    const first = values.map((value) => {
      const flat = builder.op('Reshape', [value, builder.ints([-1])], {}, `${value}/flat`);
      const ends = [builder.ints([0]), builder.ints([1]), builder.ints([0])];
      const first = builder.op('Slice', [flat, ...ends], {}, `${value}/first`);
      if (builder.typeOf(first).type === 'float32') return first;
      return builder.op('Cast', [first], { to: 'float32' }, `${value}/first`);
    });
    const all = first.reduce((a, b) => builder.op('Max', [a, b], {}, 'computed'));
    const isPositive = builder.op('Greater', [all, builder.scalar(0)], {}, 'computed/positive');
    const no = builder.constant({ type: 'bool', dims: [1], data: Uint8Array.of(0) }, 'no');
    return builder.op('And', [isPositive, no], {}, 'computed/never');
  }
}
