import { matchingEntries } from '../../shared/parameters/glob.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import type { Vector, VectorMemory } from '../../shared/parameters/memory.ts';
import { BESIDE, isLasting, PERSONAL, reservedVectors } from '../../shared/programs/member-state.ts';
import type { MemberState } from '../../shared/programs/recipe.ts';
import type { GradientTerms } from '../../shared/protocol/assignment.ts';

interface TrainableVectors {
  readonly parameters: Vector;
  readonly gradient: Vector;
  readonly base: Vector;
}

/**
 * Vectors beside the weights that strategies ask for: what stays with the member from round to round (personal parameters, a
 * model beside, SCAFFOLD's control variate, FedDyn's dual), and what is of one assignment only (the server's vectors, changes
 * that are sent). The recipe says which there are: memory is reserved for those and no others.
 */
export class LocalState {
  private readonly vectors: ReadonlyMap<string, Vector>;
  /** Those that last and were written. */
  private readonly kept = new Set<string>();

  constructor(
    private readonly memory: VectorMemory,
    private readonly layout: ParameterLayout,
    state: MemberState | undefined,
  ) {
    this.vectors = new Map(reservedVectors(state).map((name) => [name, memory.allocate(layout.length)]));
  }

  server(name: string): Vector {
    return this.vector(`server.${name}`);
  }

  change(section: string): Vector {
    return this.vector(`change.${section}`);
  }

  /** What encoding lost of this section so far, to be added to the next update. Zeros at first. It lasts. */
  residual(section: string): Vector {
    return this.lasting(`residual.${section}`);
  }

  /** Zeros at first. It lasts. */
  member(name: string): Vector {
    return this.lasting(`member.${name}`);
  }

  /** Puts the member's own values in place of the server's, for the parameters that stay at home. */
  apply(globs: readonly string[], parameters: Vector): void {
    if (!this.kept.has(PERSONAL)) return;
    const { view } = this.vector(PERSONAL);
    for (const { offset, length } of matchingEntries(this.layout, globs)) {
      parameters.view.set(view.subarray(offset, offset + length), offset);
    }
  }

  keep(globs: readonly string[], parameters: Vector): void {
    if (globs.length === 0) return;
    this.memory.kernels.copy(this.vector(PERSONAL), parameters);
    this.kept.add(PERSONAL);
  }

  /** What stays at home does not travel: its part of the update is zero. */
  zero(globs: readonly string[], update: Vector): void {
    for (const { offset, length } of matchingEntries(this.layout, globs))
      update.view.fill(0, offset, offset + length);
  }

  /** Puts the model that trains beside in place of the shared one; before its first round they are the same. */
  takeBeside(parameters: Vector): void {
    if (this.kept.has(BESIDE)) this.memory.kernels.copy(parameters, this.vector(BESIDE));
  }

  keepBeside(parameters: Vector): void {
    this.memory.kernels.copy(this.vector(BESIDE), parameters);
    this.kept.add(BESIDE);
  }

  /** g ← g + μ(w − w_base) + Σ coefficient · vector. */
  correct(terms: GradientTerms, { parameters, gradient, base }: TrainableVectors): void {
    const { kernels } = this.memory;
    if (terms.proximal) {
      kernels.axpy(gradient, terms.proximal, parameters);
      kernels.axpy(gradient, -terms.proximal, base);
    }
    for (const { vector, owner, coefficient } of terms.corrections ?? []) {
      const correction = owner === 'server' ? this.server(vector) : this.member(vector);
      kernels.axpy(gradient, coefficient, correction.slice(0, this.layout.trainable));
    }
  }

  /** Copies of all that lasts, by name. */
  snapshot(): Map<string, Float32Array> {
    return new Map([...this.kept].map((name) => [name, this.vector(name).view.slice()]));
  }

  /**
   * Takes another state in place of this one: a client's of a simulation, or what an earlier process kept. Nothing is allocated.
   *
   * @throws Error for a vector that this run does not have, or of another length
   */
  restore(vectors: ReadonlyMap<string, Float32Array>): void {
    for (const name of this.kept) this.memory.kernels.fill(this.vector(name), 0);
    this.kept.clear();
    for (const [name, values] of vectors) {
      if (!isLasting(name)) continue;
      const vector = this.vector(name);
      if (values.length !== vector.length) {
        throw new Error(`the state's '${name}' has ${values.length} values, the model ${vector.length}`);
      }
      vector.view.set(values);
      this.kept.add(name);
    }
  }

  private lasting(name: string): Vector {
    this.kept.add(name);
    return this.vector(name);
  }

  private vector(name: string): Vector {
    const vector = this.vectors.get(name);
    if (!vector) {
      const known = [...this.vectors.keys()].join(', ') || 'none';
      throw new Error(
        `the assignment needs the vector '${name}', for which the run's recipe reserves no memory (it does for ${known})`,
      );
    }
    return vector;
  }
}
