import type { Dim } from '../../onnx/model.ts';
import { ModelBuildError } from '../model-build-error.ts';

/** A fault of `model.onnx` in the job: `key` is the option to look at, absent when it is the file itself. */
export function misfit(
  needs: string,
  key?: string | readonly (string | number)[],
  incoming?: readonly Dim[],
  output?: string,
): ModelBuildError {
  const path = key === undefined ? ['onnx'] : ['onnx', ...(typeof key === 'string' ? [key] : key)];
  return new ModelBuildError({ path, type: 'onnx', needs, output, ...(incoming ? { incoming } : {}) });
}

export function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ') || 'none';
}
