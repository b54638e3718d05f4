import { ModelBuildError } from '../model-build-error.ts';
import type { LossRow } from './loss.ts';

/** Needs two networks: their programs are made in shared/programs/gan-*.ts, of the losses in shared/nn/gan/losses.ts. */
export const gan: LossRow<'gan'> = {
  targets: ['number'],
  asItIs: 'two networks have no target',
  description: 'What the two networks of a GAN play for.',
  build() {
    throw new ModelBuildError({
      section: 'loss',
      path: [],
      type: 'gan',
      needs: 'this loss is between two networks: give the job `model: gan`, or take another loss',
    });
  },
};
