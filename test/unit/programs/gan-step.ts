import type { GanLossJob } from '../../../shared/job/loss-job.ts';
import type { Phase } from '../../../shared/nn/gan/networks.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import type { FeatureSpec } from '../../../shared/nn/specs.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { fillNoise } from '../../../shared/parameters/noise.ts';
import { ganTrainingProgram } from '../../../shared/programs/gan-train.ts';
import type { Program } from '../../../shared/programs/program.ts';
import { NON_SATURATING, PENALISED, SMALL_GAN } from '../../support/gan.ts';
import { initialValues } from './program-runner.ts';

export const EXAMPLES = 4;
const features: FeatureSpec = { shape: [1, 8, 8], normalize: { kind: 'divide', by: 16 } };
const model = buildModel(SMALL_GAN, features, { kind: 'none' }, 3);
export const layout = layoutOf(model);
export const values = initialValues(model, layout);
export const images = Float32Array.from({ length: EXAMPLES * 64 }, (_, at) => (at * 7) % 17);

/** Those of the penalised discriminator are second derivatives. */
export const STEPS: readonly (readonly [Phase, GanLossJob['objective'], GanLossJob])[] = [
  ['discriminator', 'non-saturating', NON_SATURATING],
  ['discriminator', 'wasserstein', PENALISED],
  ['generator', 'non-saturating', NON_SATURATING],
];

/** The program of a step, and its noise. */
export function stepOf(
  phase: Phase,
  loss: GanLossJob,
): { readonly program: Program; readonly noise: Readonly<Record<string, Float32Array>> } {
  const program = ganTrainingProgram(model, loss, phase);
  const noise = Object.fromEntries(
    program.noise.map(({ name, dims, place }) => {
      const numbers = new Float32Array(EXAMPLES * dims.reduce((product, dim) => product * dim, 1));
      fillNoise(numbers, { seed: 5, epoch: 0, examples: [0, 1, 2, 3], place });
      return [name, numbers] as const;
    }),
  );
  return { program, noise };
}
