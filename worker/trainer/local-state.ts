import { matchingEntries } from '../../shared/parameters/glob.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import type { Vector, VectorMemory } from '../../shared/parameters/memory.ts';
import type { GradientTerms, UpdateSection } from '../../shared/protocol/assignment.ts';

interface TrainableVectors {
  readonly parameters: Vector;
  readonly gradient: Vector;
  readonly base: Vector;
}

/**
 * Vectors beside the weights that strategies ask for: what stays with the member (personal parameters, SCAFFOLD's
 * control variate) and what the server sends along. Memory is reserved for as many as the strategies need at once.
 */
export class LocalState {
  /** Personal parameters, what encoding lost, and for each section the member's vector, the server's and the change that is sent. */
  static readonly vectors = 5;

  private personal: Vector | undefined;
  private hasPersonal = false;
  private readonly vectors = new Map<string, Vector>();

  constructor(
    private readonly memory: VectorMemory,
    private readonly layout: ParameterLayout,
  ) {}

  server(name: string): Vector {
    return this.vector(`server.${name}`);
  }

  change(section: string): Vector {
    return this.vector(`change.${section}`);
  }

  /** What encoding lost of this section so far, to be added to the next update. */
  residual(section: string): Vector {
    return this.vector(`residual.${section}`);
  }

  /** Puts the member's own values in place of the server's, for the parameters that stay at home. */
  apply(globs: readonly string[], parameters: Vector): void {
    if (!this.hasPersonal) return;
    for (const entry of matchingEntries(this.layout, globs)) {
      parameters.view.set(
        this.personalVector().view.subarray(entry.offset, entry.offset + entry.length),
        entry.offset,
      );
    }
  }

  keep(globs: readonly string[], parameters: Vector): void {
    if (globs.length === 0) return;
    this.memory.kernels.copy(this.personalVector(), parameters);
    this.hasPersonal = true;
  }

  /** What stays at home does not travel: its part of the update is zero. */
  zero(globs: readonly string[], update: Vector): void {
    for (const entry of matchingEntries(this.layout, globs))
      update.view.fill(0, entry.offset, entry.offset + entry.length);
  }

  /** g ← g + μ(w − w_base) + Σ coefficient · vector. */
  correct(terms: GradientTerms, { parameters, gradient, base }: TrainableVectors): void {
    const { kernels } = this.memory;
    if (terms.proximal) {
      kernels.axpy(gradient, terms.proximal, parameters);
      kernels.axpy(gradient, -terms.proximal, base);
    }
    for (const { vector, owner, coefficient } of terms.corrections ?? []) {
      kernels.axpy(gradient, coefficient, this.vector(`${owner}.${vector}`).slice(0, this.layout.trainable));
    }
  }

  /**
   * SCAFFOLD (Karimireddy et al. 2020), option II: cᵢ⁺ = cᵢ − c + (w_start − w_end)/(K·η). The change cᵢ⁺ − cᵢ is sent,
   * cᵢ⁺ stays.
   */
  makeSection(
    section: UpdateSection,
    done: {
      readonly base: Vector;
      readonly parameters: Vector;
      readonly steps: number;
      readonly learningRate: number;
    },
  ): void {
    const { kernels } = this.memory;
    const range = (vector: Vector): Vector => vector.slice(0, this.layout.trainable);
    const change = range(this.change(section.name));
    const scale = 1 / (done.steps * done.learningRate);
    kernels.subtract(change, range(done.base), range(done.parameters));
    kernels.scale(change, scale);
    kernels.axpy(change, -1, range(this.server(section.name)));
    kernels.axpy(range(this.vector(`member.${section.name}`)), 1, change);
  }

  private personalVector(): Vector {
    this.personal ??= this.memory.allocate(this.layout.length);
    return this.personal;
  }

  private vector(name: string): Vector {
    let vector = this.vectors.get(name);
    if (!vector) {
      vector = this.memory.allocate(this.layout.length);
      this.vectors.set(name, vector);
    }
    return vector;
  }
}
