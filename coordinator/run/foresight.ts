import { createEngine } from '../../engines/create.ts';
import { ModelBuildError } from '../../shared/nn/model-build-error.ts';
import { readOnce, StoredTensor } from '../../shared/onnx/stored-tensor.ts';
import { sizeOf, type Tensor } from '../../shared/onnx/tensor.ts';
import { predictionProgram } from '../../shared/programs/predict.ts';
import type { RunDescription } from './description.ts';

/**
 * Of the largest logit: beyond it is no rounding. Two runs on one thread do the same sums in the same order, so that logits
 * which do not see the token are the same to the bit; at the start of training all differences are small.
 */
const TOLERANCE = 1e-6;

/**
 * Refuses a model that sees the token which it is to predict: it would learn to copy it, and could write nothing. The
 * graph is run on two texts that differ in their last token only: what it says before that token must not change. So
 * it holds for whatever layers or file; of named models the job file tells (shared/job/cross-checks.ts).
 *
 * @throws ModelBuildError
 */
export async function refuseForesight({ job, manifest, model, recipe }: RunDescription): Promise<void> {
  const { tokens, count } = manifest.features;
  if (manifest.target.kind !== 'next' || !tokens || count < 2) return;
  if (job.model.kind !== 'layers' && job.model.kind !== 'onnx') return;
  const program = predictionProgram(model, recipe.target);
  const [logits] = program.predictions;
  if (logits === undefined) return;
  const engine = await createEngine('cpu', { threads: 1 });
  try {
    const executable = await engine.compile({ model: program.model });
    const size = sizeOf(logits.dims);
    const weights = Object.fromEntries(
      [...model.graph.initializers].map(([name, tensor]): [string, Tensor] => [
        name,
        tensor instanceof StoredTensor ? readOnce(tensor) : tensor,
      ]),
    );
    const answer = async (last: number): Promise<Float32Array> => {
      const text = Int32Array.from({ length: count }, (_, at) => (at * 7) % tokens.vocabulary);
      text[count - 1] = last;
      const features: Tensor = { type: 'int32', dims: [1, count], data: text };
      const data = new Float32Array(size);
      const feeds = { ...weights, [program.features.name]: features };
      const given = new Set(program.model.graph.inputs.map(({ name }) => name));
      await executable.run(Object.fromEntries(Object.entries(feeds).filter(([name]) => given.has(name))), {
        [logits.name]: { type: 'float32', dims: [1, ...logits.dims], data },
      });
      return data;
    };
    const [one, other] = [await answer(0), await answer(tokens.vocabulary - 1)];
    // The last position may change: it has seen the token, and is asked for the one behind it.
    const before = size - size / count;
    let [largest, difference] = [0, 0];
    for (let i = 0; i < before; i++) {
      const [a, b] = [one[i] as number, other[i] as number];
      largest = Math.max(largest, Math.abs(a));
      difference = Math.max(difference, Math.abs(a - b));
    }
    if (difference > TOLERANCE * largest) throw foresight(job.model.kind);
  } finally {
    await engine.close();
  }
}

function foresight(kind: 'layers' | 'onnx'): ModelBuildError {
  const help =
    kind === 'layers'
      ? 'set causal: true in attention and transformer layers, use no bidirectional and no pooling or convolution over time'
      : 'take a decoder (GPT), or data.objective: masked for an encoder';
  return new ModelBuildError({
    path: [kind],
    type: kind,
    needs: `what it says at a position changes with the next token, which it is to predict: ${help}`,
  });
}
