import type { ExpandRow } from '../../onnx/expand/context.ts';
import { expandOperators } from '../../onnx/expand/expand.ts';
import type { Model } from '../../onnx/model.ts';
import { prune } from '../../onnx/prune.ts';
import { ERF } from './erf.ts';
import { LAYOUT } from './layout.ts';
import { WHOLE_NUMBERS } from './whole-numbers.ts';
import { WRONG_KERNELS } from './wrong-kernels.ts';

const ROWS: ReadonlyMap<string, ExpandRow> = new Map([
  ...WRONG_KERNELS,
  [WHOLE_NUMBERS.op, WHOLE_NUMBERS],
  [LAYOUT.op, LAYOUT],
  ...ERF.map((row) => [row.op, row] as const),
]);

/**
 * The last pass for WebGPU, over all of a program: after differentiation, as gradients too have what its provider cannot
 * run, or runs wrongly.
 *
 * @throws ModelError
 */
export function finishedForWebGpu(model: Model): Model {
  const rewritten = expandOperators(model, {
    rowOf: (op, domain) => (domain === '' ? ROWS.get(op) : undefined),
  });
  if (rewritten === model) return model;
  return prune(
    rewritten,
    rewritten.graph.outputs.map(({ name }) => name),
  );
}
