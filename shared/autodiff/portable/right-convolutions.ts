import { expandOperators } from '../../onnx/expand/expand.ts';
import type { Model } from '../../onnx/model.ts';
import { prune } from '../../onnx/prune.ts';
import { WRONG_KERNELS } from './wrong-kernels.ts';

/** A model with its convolutions in a form that WebGPU's provider computes rightly, and how many had to be written so. */
export interface RightConvolutions {
  readonly model: Model;
  readonly count: number;
}

/**
 * The same outputs for models that others run, on whatever provider they like: all but the convolutions is left as it is.
 *
 * @throws ModelError
 */
export function withRightConvolutions(model: Model): RightConvolutions {
  let count = 0;
  const rewritten = expandOperators(model, {
    rowOf: (op, domain) => {
      const row = domain === '' ? WRONG_KERNELS.get(op) : undefined;
      if (row === undefined) return undefined;
      const expand: typeof row.expand = (context) => {
        const results = row.expand(context);
        if (results !== undefined) count++;
        return results;
      };
      return { ...row, expand };
    },
  });
  if (count === 0) return { model, count };
  const outputs = rewritten.graph.outputs.map(({ name }) => name);
  return { model: prune(rewritten, outputs), count };
}
