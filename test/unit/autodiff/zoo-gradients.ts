import type { Engine } from '../../../engines/engine.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import type { ParameterLayout } from '../../../shared/parameters/layout.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { withLossScale } from '../../../shared/programs/loss-scale.ts';
import type { Program } from '../../../shared/programs/program.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { lossOf, titled, type ZooModel } from '../../support/zoo.ts';
import { type Batch, initialValues, ProgramRunner } from '../programs/program-runner.ts';
import { batchOf, noiseFor } from '../programs/train-zoo.ts';

const modelOf = ({ name, options, features, target }: ZooModel): Model =>
  buildModel({ kind: 'named', name, options }, features, target, 1);

export const programOf = (zoo: ZooModel): Program => trainingProgram(modelOf(zoo), lossOf(zoo), zoo.target);

export const zooModel = (title: string): ZooModel => titled().find(([name]) => name === title)![1];

/**
 * float16 has 11 bits: one rounding is off by 5e-4 at most. Measured: 2e-4 to 1e-3; of these, whose batch normalisation over 8
 * examples of few positions amplifies what goes in, 8e-3 to 4e-2.
 */
export const NORMALISED: ReadonlySet<string> = new Set([
  'resnet',
  'mobilenet',
  'mobilenet 2',
  'unet',
  'unet 2',
]);

export interface Change {
  /** Where float32 is computed; default: where mixed precision is. */
  readonly exactOn?: Engine;
  readonly rows?: Partial<Batch>;
  change?(values: Float32Array, layout: ParameterLayout): void;
}

/** The gradients of a zoo model on its batch, in float32 and mixed. */
export async function both(
  zoo: ZooModel,
  on: Engine,
  scale: number,
  { exactOn = on, rows = {}, change }: Change = {},
) {
  const model = modelOf(zoo);
  const layout = layoutOf(model);
  const program = withLossScale(programOf(zoo));
  const batch = { ...batchOf(zoo), noise: noiseFor(program), ...rows };
  const values = initialValues(model, layout);
  change?.(values, layout);
  const gradientIn = async (engine: Engine, precision: 'float32' | 'mixed', by: number) => {
    const runner = await ProgramRunner.compile(engine, program, layout, { precision });
    const { update, sums } = await runner.run(values, batch, by);
    await runner.release();
    return { sums, gradient: update.subarray(0, layout.trainable).map((value) => value / by) };
  };
  return {
    exact: await gradientIn(exactOn, 'float32', 1),
    mixed: await gradientIn(on, 'mixed', scale),
    layout,
  };
}
