import type { OnnxModelJob } from '../../job/job.ts';
import { matches, nearestNames } from './glob.ts';
import { misfit, quoted } from './misfit.ts';
import type { Weight } from './weights.ts';

/** Which weights of a file are trained; the others are constants of the program. */
export type TrainingPlan = ReadonlySet<string>;

/**
 * Decides by the job's globs. With adapters nothing else trains unless `train` names it. A batch normalisation whose scale
 * and bias are both frozen keeps its statistics too, as it would in PyTorch's evaluation mode.
 *
 * @throws ModelBuildError for a glob that matches no weight
 */
export function planTraining(
  weights: readonly Weight[],
  job: Pick<OnnxModelJob, 'train' | 'freeze' | 'batchNorm' | 'lora'>,
): TrainingPlan {
  const train = job.train && matched(weights, job.train, 'train');
  const freeze = matched(weights, job.freeze ?? [], 'freeze');
  const byDefault = train === undefined && job.lora === undefined;
  const plan = new Set(
    weights
      .filter(({ name }) => (byDefault || train?.has(name)) && !freeze.has(name))
      .map(({ name }) => name),
  );
  for (const [node, inputs] of normalizations(weights)) {
    const affine = [inputs[1], inputs[2]];
    const statistics = [inputs[3], inputs[4]].filter((name) => name !== undefined);
    const isFrozen =
      job.batchNorm === 'frozen' ||
      !affine.some((name) => name !== undefined && plan.has(name)) ||
      statistics.some((name) => freeze.has(name));
    for (const name of statistics) {
      if (isFrozen) plan.delete(name);
      else plan.add(name);
    }
    if (statistics.length === 1)
      throw misfit(`BatchNormalization ${node} has one statistic as a weight, and one that is computed`);
  }
  return plan;
}

/** Names of the weights that any of the globs matches, by name or by that of a node that reads it. */
export function matched(
  weights: readonly Weight[],
  globs: readonly string[],
  key: string,
): ReadonlySet<string> {
  const found = new Set<string>();
  globs.forEach((glob, index) => {
    const hits = weights.filter((weight) => matchesWeight(glob, weight));
    if (hits.length === 0) {
      const names = weights.map(({ name }) => name);
      throw misfit(
        `'${glob}' matches none of its ${names.length} weights; nearest: ${quoted(nearestNames(glob, names))}`,
        [key, index],
      );
    }
    for (const { name } of hits) found.add(name);
  });
  return found;
}

export function matchesWeight(glob: string, weight: Weight): boolean {
  return matches(glob, weight.name) || weight.uses.some(({ node }) => matches(glob, node.name));
}

/** BatchNormalization nodes by name, with the weight at each input. */
function normalizations(weights: readonly Weight[]): Map<string, (string | undefined)[]> {
  const nodes = new Map<string, (string | undefined)[]>();
  for (const { name, uses } of weights) {
    for (const { node, index } of uses) {
      if (node.op !== 'BatchNormalization') continue;
      const inputs = nodes.get(node.name) ?? [];
      inputs[index] = name;
      nodes.set(node.name, inputs);
    }
  }
  return nodes;
}
