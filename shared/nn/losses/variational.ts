import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Model } from '../../onnx/model.ts';
import { sizeOf } from '../../onnx/tensor.ts';
import { ModelBuildError } from '../model-build-error.ts';
import { LOSS } from '../specs.ts';
import { type Latent, type LossInputs, type LossRow, total } from './loss.ts';

/**
 * The negative evidence lower bound of a variational autoencoder (Kingma and Welling, ICLR 2014; β: Higgins et al., ICLR 2017):
 * Σ reconstruction + β · ½ Σ (μ² + e^logσ² - 1 - logσ²), over the number of examples. The reconstruction is a sum over values:
 * (x - y)², or binary cross-entropy of probabilities, as a model makes them that ends in a sigmoid.
 */
export const variational: LossRow<'variational'> = {
  targets: ['number'],
  asItIs: 'a reconstruction is compared in the form that it has',
  description: 'Reconstruction, and how far `sample` layers are from a standard normal distribution.',
  build(builder, inputs, { reconstruction, beta }) {
    const { output, target, examples, latents = [] } = inputs;
    if (latents.length === 0) {
      throw new ModelBuildError({
        section: 'loss',
        path: [],
        type: 'variational',
        needs: 'there is nothing to regularise: put a `- sample` layer into the model, or take another loss',
      });
    }
    const error = reconstruction === 'mse' ? squares(builder, inputs) : crossEntropy(builder, output, target);
    const divergences = latents.map((latent) => divergence(builder, latent));
    const latent = divergences.reduce((sum, next) => builder.op('Add', [sum, next]));
    const weighted = builder.op('Mul', [latent, builder.scalar(beta)], {}, 'loss/latent');
    const values = sizeOf(builder.typeOf(target).dims.slice(1) as number[]);
    return {
      sum: builder.op('Add', [total(builder, error, 'loss/reconstruction'), weighted], {}, LOSS),
      denominator: builder.op('Mul', [examples, builder.scalar(1 / values)], {}, 'loss/rows'),
    };
  },
};

/**
 * What the `sample` layers of a model draw from: a RandomNormalLike shaped like the first half of a Split, which is the mean; the
 * second half is the logarithm of the variance.
 */
export function latentsOf({ graph }: Model): Latent[] {
  const splits = new Map(
    graph.nodes.filter(({ op }) => op === 'Split').map((node) => [node.outputs[0], node.outputs] as const),
  );
  return graph.nodes.flatMap(({ op, inputs }) => {
    const [mean, logVariance] = (op === 'RandomNormalLike' && splits.get(inputs[0]!)) || [];
    return mean && logVariance ? [{ mean, logVariance }] : [];
  });
}

function divergence(builder: GraphBuilder, { mean, logVariance }: Latent): string {
  const distance = builder.op('Mul', [mean, mean], {}, 'loss/mean_squares');
  const variance = builder.op('Exp', [logVariance], {}, 'loss/variance');
  const excess = builder.op('Sub', [builder.op('Sub', [variance, builder.scalar(1)]), logVariance]);
  const doubled = total(builder, builder.op('Add', [distance, excess]), 'loss/doubled_divergence');
  return builder.op('Mul', [doubled, builder.scalar(0.5)], {}, 'loss/divergence');
}

function squares(builder: GraphBuilder, { output, target }: LossInputs): string {
  const error = builder.op('Sub', [output, target], {}, 'loss/error');
  return builder.op('Mul', [error, error], {}, 'loss/squares');
}

function crossEntropy(builder: GraphBuilder, output: string, target: string): string {
  const one = builder.scalar(1);
  const log = (value: string) => builder.op('Log', [builder.op('Max', [value, builder.scalar(1e-7)])]);
  const yes = builder.op('Mul', [target, log(output)], {}, 'loss/yes');
  const no = builder.op('Mul', [builder.op('Sub', [one, target]), log(builder.op('Sub', [one, output]))]);
  return builder.op('Neg', [builder.op('Add', [yes, no])], {}, 'loss/surprise');
}
