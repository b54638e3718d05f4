import type { SingleLossJob } from '../../job/job.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import { ModelBuildError } from '../model-build-error.ts';
import { binaryCrossEntropy } from './binary-cross-entropy.ts';
import { infoNce, triplet } from './contrastive.ts';
import { cosine } from './cosine.ts';
import { crossEntropy } from './cross-entropy.ts';
import { ctc } from './ctc.ts';
import { focal } from './focal.ts';
import { gan } from './gan.ts';
import { hinge } from './hinge.ts';
import { huber } from './huber.ts';
import { klDivergence } from './kl-divergence.ts';
import { logCosh } from './log-cosh.ts';
import type { LossInputs, LossRow, LossTerms } from './loss.ts';
import { mae } from './mae.ts';
import { mse } from './mse.ts';
import { dice, iou } from './overlap.ts';
import { poisson } from './poisson.ts';
import { quantile } from './quantile.ts';
import { variational } from './variational.ts';

/** Every loss by the word that a job file uses for it. */
export const lossRegistry: { readonly [K in SingleLossJob['kind']]: LossRow<K> } = {
  'cross-entropy': crossEntropy,
  'binary-cross-entropy': binaryCrossEntropy,
  mse,
  mae,
  huber,
  focal,
  dice,
  iou,
  ctc,
  hinge,
  poisson,
  quantile,
  'log-cosh': logCosh,
  'kl-divergence': klDivergence,
  cosine,
  triplet,
  'info-nce': infoNce,
  variational,
  gan,
};

/** Throws ModelBuildError when a loss is not for this type of target, with those that are. */
export function checkLoss(kind: SingleLossJob['kind'], target: LossRow['targets'][number]): void {
  if (lossRegistry[kind].targets.includes(target)) return;
  const fitting = Object.entries(lossRegistry)
    .filter(([, row]) => row.targets.includes(target))
    .map(([name]) => name);
  throw new ModelBuildError({
    section: 'loss',
    path: [],
    type: kind,
    needs: `this loss does not fit a target of type ${target}: use ${fitting.join(' or ')}`,
  });
}

/** Appends the loss to a graph. */
export function buildLoss(builder: GraphBuilder, inputs: LossInputs, job: SingleLossJob): LossTerms {
  const row = lossRegistry[job.kind] as LossRow;
  return row.build(builder, inputs, job);
}
