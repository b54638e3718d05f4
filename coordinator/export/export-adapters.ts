import { basename, dirname, join, resolve } from 'node:path';
import { peftAdapters } from '../../shared/nn/lora/peft.ts';
import { shellWord } from '../../shared/text/shell-word.ts';
import type { RunDescription } from '../run/description.ts';
import type { RunReader } from '../store/read-run.ts';
import { choose, weightsIn } from './choose-weights.ts';
import { diverged } from './diverged.ts';
import { NonFiniteError, NotInRunError } from './export-error.ts';
import { writeWhole } from './write-whole.ts';

export interface ExportedAdapters {
  readonly file: string;
  /** adapter_config.json, beside it. */
  readonly config: string;
  readonly bytes: number;
  readonly tensors: number;
  readonly version: number;
  readonly round: number;
}

/**
 * Writes a run's adapters alone, as the Python library PEFT reads them.
 *
 * @param out the .safetensors file
 * @throws NotInRunError when the run trains no adapters; DivergedError when they are no numbers
 */
export async function exportAdapters(
  store: RunReader,
  { model, layout, job }: RunDescription,
  out: string,
  version: 'last' | 'best' = 'last',
): Promise<ExportedAdapters> {
  const { committed, checkpoint } = await choose(store, version, job.checkpoint.best);
  let values: Float32Array;
  try {
    values = weightsIn(checkpoint.vectors).data as Float32Array;
  } finally {
    await checkpoint.close();
  }
  const base = job.model.kind === 'onnx' ? basename(job.model.path) : job.name;
  if (!values.every(Number.isFinite)) {
    const error = new NonFiniteError('its trained weights are not finite themselves, as the run diverged');
    throw diverged(error, store, job.checkpoint.best, committed, ` --adapters ${shellWord(out)}`);
  }
  const adapters = peftAdapters(model, layout, values, base);
  if (!adapters) {
    throw new NotInRunError(
      `run ${store.run.id} trains no adapters: model.lora in its job file makes them. Export the whole model instead`,
    );
  }
  const file = resolve(out);
  const config = join(dirname(file), 'adapter_config.json');
  await writeWhole(file, adapters.safetensors);
  await writeWhole(config, new TextEncoder().encode(`${JSON.stringify(adapters.config, undefined, 2)}\n`));
  return {
    file,
    config,
    bytes: adapters.safetensors.length,
    tensors: adapters.tensors.length,
    version: committed.version,
    round: committed.round,
  };
}
