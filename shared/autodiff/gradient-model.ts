import { GraphBuilder } from '../onnx/builder.ts';
import { checkModel } from '../onnx/check.ts';
import { Expressions } from '../onnx/expressions.ts';
import type { Model, Node } from '../onnx/model.ts';
import { prune } from '../onnx/prune.ts';
import { differentiate } from './differentiate.ts';
import { narrowed } from './mixed-precision/narrow.ts';
import type { Precision } from './mixed-precision/operators.ts';
import { rounded } from './mixed-precision/rounding.ts';
import { withWideSums } from './mixed-precision/wide-sums.ts';
import { finishedForWebGpu } from './portable/finish.ts';
import { prepare } from './prepare.ts';
import { type Recompute, recomputed } from './recompute/recompute.ts';
import type { LoweringTarget } from './registry.ts';

export interface GradientOptions {
  /** Whether activations are kept for the gradients, or computed again. Default 'off'. */
  readonly recompute?: Recompute | undefined;
  /** Default 'float32'. */
  readonly precision?: Precision | undefined;
  /** What the target's kernels add up products of float16 in. Default: 'float16' for 'webgpu', else 'float32'. */
  readonly accumulates?: 'float16' | 'float32' | undefined;
}

/**
 * A model that computes its own outputs and then, for each value of `withRespectTo`, the output `<value>_grad` of
 * the same shape: d(of)/d(value), zeros where the graph does not depend on it.
 *
 * @param of a scalar float value of the graph, usually the loss.
 * @param withRespectTo graph inputs (or initializers) of float type.
 * @throws MissingGradientError, ModelError
 */
export function gradientModel(
  model: Model,
  of: string,
  withRespectTo: readonly string[],
  target: LoweringTarget = 'cpu',
  { recompute = 'off', precision = 'float32', accumulates }: GradientOptions = {},
): Model {
  const isMixed = precision === 'mixed';
  const prepared = prepare(model, target);
  const builder = GraphBuilder.from(isMixed ? narrowed(prepared, new Set(withRespectTo)) : prepared);
  const forward = new Set(builder.nodes.map((node) => node.name));
  const kept = [...builder.outputs];
  const gradients = differentiate(builder, of, withRespectTo, { target });
  const named = new Map<string, string>();
  for (const value of withRespectTo) {
    const name = `${value}_grad`;
    const gradient = gradients.get(value) ?? new Expressions(builder, `${value}_Grad`).fillLike(value, 0);
    // Only what a node of the gradient computes may be renamed, and only once; the rest needs an Identity.
    const own = builder.producer(gradient) !== undefined && !named.has(gradient) && !kept.includes(gradient);
    if (own) {
      builder.output(gradient);
      named.set(gradient, name);
    } else {
      builder.output(gradient, name);
    }
  }
  const names = withRespectTo.map((value) => `${value}_grad`);
  const pruned = prune(renameValues(builder.build(), named), [...kept, ...names]);
  const isForward = ({ name }: Node) => forward.has(name);
  const lean = recompute === 'off' ? pruned : recomputed(pruned, isForward, recompute);
  const isNarrow = isMixed && target === 'webgpu' && accumulates !== 'float32';
  const summed = isNarrow ? withWideSums(lean, isForward) : lean;
  const result = target === 'webgpu' ? finishedForWebGpu(summed) : isMixed ? rounded(summed) : summed;
  checkModel(result);
  return result;
}

/** Writes a gradient under its output's name directly: an Identity would copy it (up to 9 % of a small step). */
function renameValues(model: Model, names: ReadonlyMap<string, string>): Model {
  const renamed = (value: string) => names.get(value) ?? value;
  const nodes = model.graph.nodes.map(
    (node): Node => ({ ...node, inputs: node.inputs.map(renamed), outputs: node.outputs.map(renamed) }),
  );
  const outputs = model.graph.outputs.map((output) => ({ ...output, name: renamed(output.name) }));
  return { ...model, graph: { ...model.graph, nodes, outputs } };
}
