import type { LoraJob } from '../../job/job.ts';
import type { Model } from '../../onnx/model.ts';
import { sizeOf } from '../../onnx/tensor.ts';
import { nearestNames } from '../import/glob.ts';
import { misfit, quoted } from '../import/misfit.ts';
import { matchesWeight } from '../import/training-plan.ts';
import { findWeights, type Weight, type WeightUse } from '../import/weights.ts';
import type { Adapter } from './record.ts';

/** A weight that gets an adapter, and how it is used. */
export interface AdapterPlan {
  readonly weight: Weight;
  readonly kind: Adapter['kind'];
  readonly transposed: boolean;
  readonly uses: readonly WeightUse[];
}

/**
 * The weights that a job's globs name, with the form of their adapters.
 *
 * @throws ModelBuildError when a target matches no weight of a MatMul, Gemm, Conv or Gather, or one that trains itself
 */
export function planAdapters(model: Model, { targets, rank, dora }: LoraJob): AdapterPlan[] {
  const weights = findWeights(model.graph);
  const chosen = new Map<string, AdapterPlan>();
  targets.forEach((glob, index) => {
    const hits = weights.filter((weight) => matchesWeight(glob, weight));
    const plans = hits.flatMap((weight) => planOf(weight, index) ?? []);
    if (plans.length === 0) {
      const able = weights.filter((weight) => planOf(weight, index) !== undefined).map(({ name }) => name);
      throw misfit(
        `'${glob}' matches no weight that can have an adapter (of MatMul, Gemm, Conv without groups, Gather); nearest: ${quoted(nearestNames(glob, able))}`,
        ['lora', 'targets', index],
      );
    }
    for (const plan of plans) {
      if (model.graph.initializers.has(plan.weight.name)) {
        throw misfit(
          `'${plan.weight.name}' is to have an adapter and to train itself: take it out of train`,
          ['lora', 'targets', index],
        );
      }
      if (dora && plan.kind === 'embedding') {
        throw misfit(
          `'${plan.weight.name}' is an embedding, and dora is for weights of MatMul, Gemm and Conv: take it out of targets, or leave dora out`,
          ['lora', 'targets', index],
        );
      }
      const most = fullRank(plan);
      if (rank > most) {
        throw misfit(
          `rank ${rank} is more than '${plan.weight.name}' [${plan.weight.tensor.dims.join(', ')}] has: an adapter of rank ` +
            `${most} makes any change of it. Choose at most ${most}, or leave it out of targets and train it whole (train)`,
          ['lora', 'rank'],
        );
      }
      chosen.set(plan.weight.name, plan);
    }
  });
  return [...chosen.values()];
}

/** The rank of a weight as a matrix: rows, or columns with their kernel. */
function fullRank({ weight }: AdapterPlan): number {
  const [rows = 1, ...columns] = weight.tensor.dims;
  return Math.min(rows, sizeOf(columns));
}

/** How an adapter is added to a weight; undefined where it cannot be. */
function planOf(weight: Weight, index: number): AdapterPlan | undefined {
  const forms = weight.uses.map(formOf);
  const able = forms.filter((form) => form !== undefined);
  const [first] = able;
  if (first === undefined) return undefined;
  if (
    able.length < forms.length ||
    able.some((form) => form.kind !== first.kind || form.transposed !== first.transposed)
  ) {
    const nodes = weight.uses.map(({ node }) => `${node.op} ${node.name}`).join(', ');
    throw misfit(
      `'${weight.name}' is used in different ways (${nodes}), and an adapter changes only one of them: choose another`,
      ['lora', 'targets', index],
    );
  }
  return { weight, ...first, uses: weight.uses };
}

function formOf({ node, index, chain }: WeightUse): Pick<AdapterPlan, 'kind' | 'transposed'> | undefined {
  const flips = chain.filter(({ op }) => op === 'Transpose').length;
  if (chain.some(({ op }) => op !== 'Transpose' && op !== 'Identity')) return undefined;
  const attribute = (name: string): number => {
    const value = node.attributes[name];
    return value?.kind === 'int' ? value.value : 0;
  };
  if (node.op === 'MatMul' && index === 1) return { kind: 'dense', transposed: flips % 2 === 1 };
  if (node.op === 'Gemm' && index === 1 && attribute('transA') === 0) {
    return { kind: 'dense', transposed: (flips + attribute('transB')) % 2 === 1 };
  }
  if (node.op === 'Conv' && index === 1 && flips === 0 && attribute('group') <= 1)
    return { kind: 'conv', transposed: false };
  if (node.op === 'Gather' && index === 0 && flips === 0 && attribute('axis') === 0)
    return { kind: 'embedding', transposed: false };
  return undefined;
}
