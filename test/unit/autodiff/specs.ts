import type { Spec } from './spec.ts';
import { activationSpecs, elementwiseSpecs, softmaxSpecs, zeroSpecs } from './specs-elementwise.ts';
import { samplingSpecs, windowSpecs } from './specs-image.ts';
import { instanceNormalisationSpecs } from './specs-instance.ts';
import { convolutionSpecs, linearSpecs, poolingSpecs } from './specs-linear.ts';
import { normalisationSpecs } from './specs-normalisation.ts';
import { quantisationSpecs } from './specs-quantisation.ts';
import { resizeSpecs } from './specs-resize.ts';
import { selectionSpecs } from './specs-selection.ts';
import { indexingSpecs, reductionSpecs, shapeSpecs } from './specs-shape.ts';

/** Every way in which a gradient is checked; each operator of the registry has a row. */
export const SPECS: readonly Spec[] = [
  ...elementwiseSpecs,
  ...activationSpecs,
  ...softmaxSpecs,
  ...linearSpecs,
  ...convolutionSpecs,
  ...poolingSpecs,
  ...normalisationSpecs,
  ...instanceNormalisationSpecs,
  ...resizeSpecs,
  ...samplingSpecs,
  ...windowSpecs,
  ...shapeSpecs,
  ...indexingSpecs,
  ...selectionSpecs,
  ...reductionSpecs,
  ...quantisationSpecs,
  ...zeroSpecs,
];
