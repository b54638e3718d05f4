import type { Spec } from './spec.ts';
import { activationSpecs, elementwiseSpecs, softmaxSpecs, zeroSpecs } from './specs-elementwise.ts';
import { convolutionSpecs, linearSpecs, poolingSpecs } from './specs-linear.ts';
import { normalisationSpecs } from './specs-normalisation.ts';
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
  ...shapeSpecs,
  ...indexingSpecs,
  ...reductionSpecs,
  ...zeroSpecs,
];
