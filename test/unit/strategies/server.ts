import type { FinishContext, Strategy } from '../../../coordinator/strategies/strategy.ts';
import { ServerWeights } from '../../../coordinator/weights/server-weights.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { encode } from '../../../shared/parameters/codecs.ts';
import { makeLayout } from '../../../shared/parameters/layout.ts';
import { VectorMemory } from '../../../shared/parameters/memory.ts';
import type { UpdateHeader } from '../../../shared/protocol/assignment.ts';
import { finishing } from './context.ts';

/** What a member sends: by how much its weights went down, in each section. */
export interface Sent {
  readonly sections: Readonly<Record<string, readonly number[]>>;
  readonly header?: Partial<UpdateHeader>;
}

/** The real server on a handful of weights: updates are weighed, added and stepped as the coordinator does it. */
export class Server {
  readonly weights: ServerWeights;
  private readonly layout;
  private steps = 0;

  /** @param initial by the names of the vectors: `parameters`, and those of models beside them */
  constructor(
    readonly strategy: Strategy,
    initial: Readonly<Record<string, readonly number[]>>,
  ) {
    const { parameters = [], ...others } = initial;
    this.layout = makeLayout([{ name: 'w', dims: [parameters.length], section: 'trainable', decay: false }]);
    this.weights = new ServerWeights(this.layout, {
      optimizer: { kind: 'sgd', learningRate: 1, momentum: 0, nesterov: false, weightDecay: 0 },
      outer: strategy.outer,
      clipNorm: undefined,
      serverVectors: strategy.serverVectors,
      local: strategy.local,
      incarnation: 1,
    });
    const models = Object.entries(others).map(([name, values]) => [name, modelOf(values)] as const);
    this.weights.initialize(modelOf(parameters), Object.fromEntries(models));
  }

  /** One round. @returns the weights after it */
  round(sent: readonly Sent[], change: Partial<FinishContext> = {}): number[] {
    const work = { kind: 'own', epochs: 1, batch: 8 } as const;
    const { learningRate = 0.1 } = change;
    let [divisor, buffersDivisor] = [0, 0];
    const scalars: Record<string, number> = {};
    for (const { sections, header } of sent) {
      const complete = {
        examples: 1,
        sums: {},
        steps: 1,
        computeMs: 1,
        sections: Object.keys(sections),
        ...header,
      };
      const verdict = this.strategy.accept(complete, { work, staleness: 0, learningRate });
      if ('refuse' in verdict) throw new Error(verdict.refuse);
      divisor += verdict.divisor;
      buffersDivisor += verdict.buffersWeight;
      for (const [name, value] of Object.entries(verdict.scalars ?? {}))
        scalars[name] = (scalars[name] ?? 0) + value;
      const bytes = Object.entries(sections).map(([name, values]) => ({
        name,
        codec: 'f32' as const,
        bytes: [this.encoded(values)],
      }));
      this.weights.add(bytes, verdict.weight, verdict.buffersWeight);
    }
    const received = sent.length;
    const step = this.strategy.finish(
      finishing({ received, divisor, buffersDivisor, members: received, scalars, learningRate, ...change }),
    );
    if (step === undefined) throw new Error('the round does not close');
    const { finite } = this.weights.step(step, ++this.steps);
    if (!finite) throw new Error('the step is not finite');
    return this.vector('parameters');
  }

  vector(name: string): number[] {
    const stored = name === 'parameters' ? name : `server.${name}`;
    const found = this.weights.snapshot().find((vector) => vector.name === stored);
    return [...found!.data.subarray(0, this.layout.entries[0]!.length)];
  }

  private encoded(values: readonly number[]): Uint8Array {
    const vector = VectorMemory.create(this.layout.length + 8).allocate(this.layout.length);
    vector.view.set(values);
    return encode(vector, 'f32');
  }
}

function modelOf(values: readonly number[]): Model {
  const tensor = { type: 'float32', dims: [values.length], data: Float32Array.from(values) };
  return { graph: { initializers: new Map([['w', tensor]]) } } as unknown as Model;
}

/** An update of the weights alone. */
export function delta(values: readonly number[], header: Partial<UpdateHeader> = {}): Sent {
  return { sections: { parameters: values }, header };
}
