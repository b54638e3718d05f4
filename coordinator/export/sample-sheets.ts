import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createEngine } from '../../engines/create.ts';
import type { Engine } from '../../engines/engine.ts';
import { imageGrid, isImage } from '../../node/images/grid.ts';
import { encodePng } from '../../node/images/png.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { predictionProgram } from '../../shared/programs/predict.ts';
import { samplerModel } from '../../shared/programs/sampler.ts';
import { featureSpec, type RunDescription } from '../run/description.ts';
import { valueRange, weightsOf } from './compare.ts';
import { draw } from './draw.ts';
import { writeWhole } from './write-whole.ts';

/** Examples on a sheet, always of the same latents: so two sheets show what training changed. */
const COUNT = 64;

/** Pictures of what a generative model makes as it learns, in the run's folder `samples`. */
export class SampleSheets {
  private engine: Engine | undefined;
  private queue: Promise<void> = Promise.resolve();

  private constructor(
    private readonly description: RunDescription,
    private readonly directory: string,
    private readonly program: Model,
  ) {}

  /** @returns undefined for a model that makes no pictures of noise */
  static of(description: RunDescription, runDirectory: string): SampleSheets | undefined {
    const { job, manifest, model } = description;
    const features = featureSpec(job, manifest);
    const sampler = isImage(features.shape) ? samplerModel(model, features) : undefined;
    if (sampler === undefined) return undefined;
    const program = predictionProgram(sampler, { kind: 'none' }).model;
    return new SampleSheets(description, join(runDirectory, 'samples'), program);
  }

  /**
   * Draws with these weights, after the sheets before.
   *
   * @param values the whole vector; copied at once
   * @param name of the file, without its ending
   */
  write(values: Float32Array, name: string, failed: (error: Error) => void): void {
    const copy = values.slice();
    this.queue = this.queue.then(() => this.draw(copy, name)).catch(failed);
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.queue;
    await this.engine?.close();
  }

  private async draw(values: Float32Array, name: string): Promise<void> {
    const { description, directory, program } = this;
    this.engine ??= await createEngine('cpu', { threads: 1 });
    const weights = weightsOf(description.layout, program, values);
    const drawn = await draw(this.engine, program, { seed: description.job.seed, count: COUNT, weights });
    const range = valueRange(description);
    await mkdir(directory, { recursive: true });
    await writeWhole(join(directory, `${name}.png`), encodePng(imageGrid({ ...drawn, count: COUNT, range })));
  }
}
