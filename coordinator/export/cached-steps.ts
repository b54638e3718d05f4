import type { Engine, Executable } from '../../engines/engine.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { float32, int64, sizeOf, type Tensor } from '../../shared/onnx/tensor.ts';
import { type Cache, CONTEXT, cachesOf, POSITION } from '../../shared/programs/generate.ts';

/** Runs a generation model token by token; keys and values of the tokens before are kept between the steps. */
export class CachedSteps {
  /** Tokens that it may look back on. */
  readonly context: number;
  private readonly caches: readonly Cache[];
  private readonly logits: { readonly name: string; readonly count: number };
  private readonly features: string;
  private kept = new Map<string, Tensor>();
  private position = 0;

  private constructor(
    model: Model,
    private readonly executable: Executable,
  ) {
    this.caches = cachesOf(model);
    this.context = Number(model.metadata[CONTEXT]);
    const [output] = model.graph.outputs;
    this.logits = { name: output!.name, count: Number(output!.dims.at(-1)) };
    this.features = model.graph.inputs[0]!.name;
    this.reset();
  }

  static async load(engine: Engine, model: Model): Promise<CachedSteps> {
    return new CachedSteps(model, await engine.compile({ model }));
  }

  /** Tokens seen since the beginning. */
  get length(): number {
    return this.position;
  }

  /** Forgets all tokens. */
  reset(): void {
    this.position = 0;
    this.kept = new Map(this.caches.map(({ past, dims }) => [past, float32(dims, new Float32Array(0))]));
  }

  /**
   * Sees one more token.
   *
   * @returns the logits of the token after it
   * @throws RangeError beyond the context
   */
  async step(token: number): Promise<Float32Array> {
    if (this.position >= this.context) {
      throw new RangeError(`Position ${this.position} of a model that looks back on ${this.context} tokens.`);
    }
    const logits = new Float32Array(this.logits.count);
    const next = new Map<string, Tensor>();
    const results: Record<string, Tensor> = { [this.logits.name]: float32([1, 1, logits.length], logits) };
    for (const { past, present, axis, dims } of this.caches) {
      const grown = dims.map((dim, at) => (at === axis ? this.position + 1 : dim));
      const tensor = float32(grown, new Float32Array(sizeOf(grown)));
      next.set(past, tensor);
      results[present] = tensor;
    }
    const feeds: Record<string, Tensor> = {
      [this.features]: { type: 'int32', dims: [1, 1], data: Int32Array.of(token) },
      [POSITION]: int64([1], [this.position]),
      ...Object.fromEntries(this.kept),
    };
    await this.executable.run(feeds, results);
    this.kept = next;
    this.position++;
    return logits;
  }

  release(): Promise<void> {
    return this.executable.release();
  }
}
