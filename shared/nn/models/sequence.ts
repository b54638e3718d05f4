import { ModelBuildError } from '../model-build-error.ts';
import { positionsOf } from '../specs.ts';
import type { ModelData } from './model-row.ts';

/** Layers that make [time, features] of one example: a value at each time, or the rows of an image. */
export function asSequence(shape: readonly number[]): unknown[] {
  if (shape.length === 1) return [{ reshape: [shape[0], 1] }];
  if (shape.length === 3) {
    const [channels, height, width] = shape as [number, number, number];
    return [...(channels > 1 ? [{ transpose: [2, 1, 3] }] : []), { reshape: [height, channels * width] }];
  }
  return [];
}

/** What was set, or the number of classes where each position's class is a token itself. */
export function vocabularyOf(set: number | undefined, outputs: number, { target }: ModelData): number {
  if (set !== undefined) return set;
  if (target.kind === 'class' && positionsOf(target).length > 0) return outputs;
  throw new ModelBuildError({
    path: ['vocabulary'],
    type: 'embedding',
    needs: 'the number of token ids is needed, because the targets are no tokens: set vocabulary',
  });
}
