import type { RuleRow } from './registry.ts';
import { activationRules } from './rules/activations.ts';
import { convolutionRules } from './rules/convolution.ts';
import { determinantRules } from './rules/determinant.ts';
import { elementwiseRules } from './rules/elementwise.ts';
import { gridSampleRules } from './rules/grid-sample.ts';
import { imageRules } from './rules/image.ts';
import { indexingRules } from './rules/indexing.ts';
import { instanceNormalisationRules } from './rules/instance-normalisation.ts';
import { linearAlgebraRules } from './rules/linear-algebra.ts';
import { localResponseRules } from './rules/local-response.ts';
import { normalisationRules } from './rules/normalisation.ts';
import { poolingRules } from './rules/pooling.ts';
import { quantisationRules } from './rules/quantisation.ts';
import { reductionRules } from './rules/reductions.ts';
import { resizeRules } from './rules/resize.ts';
import { roiAlignRules } from './rules/roi-align.ts';
import { scatterRules } from './rules/scatter.ts';
import { selectionRules } from './rules/selection.ts';
import { shapeRules } from './rules/shape.ts';
import { softmaxRules } from './rules/softmax.ts';
import { trigonometricRules } from './rules/trigonometric.ts';
import { zeroRules } from './rules/zeros.ts';

/** Every operator whose gradient is known, by family. */
export const RULE_FAMILIES: Readonly<Record<string, readonly RuleRow[]>> = {
  elementwise: elementwiseRules,
  trigonometric: trigonometricRules,
  activations: activationRules,
  'linear algebra': [...linearAlgebraRules, ...determinantRules],
  convolution: convolutionRules,
  pooling: poolingRules,
  image: [...resizeRules, ...gridSampleRules, ...roiAlignRules, ...imageRules],
  normalisation: [...normalisationRules, ...instanceNormalisationRules, ...localResponseRules],
  softmax: softmaxRules,
  reductions: reductionRules,
  shape: shapeRules,
  indexing: [...indexingRules, ...selectionRules],
  scatter: scatterRules,
  quantisation: quantisationRules,
  'no gradient': zeroRules,
};

/** Rules by operator name (domain ai.onnx). */
export const RULES: ReadonlyMap<string, RuleRow> = new Map(
  Object.values(RULE_FAMILIES).flatMap((rows) => rows.map((row) => [row.op, row] as const)),
);
