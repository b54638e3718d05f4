import { checkModel } from '../onnx/check.ts';
import type { Model } from '../onnx/model.ts';
import { prune } from '../onnx/prune.ts';

/** Drops what no output needs (the ratio of a dropout that is gone) and checks the result. Throws ModelError. */
export function finish(model: Model): Model {
  const pruned = prune(
    model,
    model.graph.outputs.map(({ name }) => name),
  );
  checkModel(pruned);
  return pruned;
}
