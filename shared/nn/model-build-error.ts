import type { JobError } from '../job/job-error.ts';
import type { Dim } from '../onnx/model.ts';

/** Where in a section of the job: `['layers', 3]`, or `['layers', 3, 'layers', 0]` inside a residual. */
export type ModelPath = readonly (string | number)[];

/**
 * A model that cannot be built: a layer's input does not fit it, or the model's output does not fit the target.
 * `path` leads from the job's root to the place, so that a reader of the file can add line and column.
 */
export class ModelBuildError extends Error {
  override readonly name = 'ModelBuildError';
  /** `['model', 'layers', 3]`, `['loss']`, … */
  readonly path: ModelPath;
  /** The layer's kebab-case type, the model's name, or `onnx`. */
  readonly type: string;
  /** What came in, batch first; empty when no shape is to blame. */
  readonly incoming: readonly Dim[];
  /** What the layer needs, or what to do. */
  readonly needs: string;
  /** Of several outputs: the one that does not fit its target. */
  readonly output: string | undefined;
  /** The same at its line of the job file, where that is at hand. */
  inJob: JobError | undefined;

  constructor(place: {
    /** The job's key that `path` starts under; `model` when left out. */
    section?: 'model' | 'loss' | 'losses' | 'data' | 'evaluate';
    path: ModelPath;
    type: string;
    incoming?: readonly Dim[];
    needs: string;
    output?: string | undefined;
  }) {
    const path = [place.section ?? 'model', ...place.path];
    const incoming = place.incoming ?? [];
    const got = incoming.length > 0 ? ` got [${incoming.join(', ')}],` : '';
    super(`${formatPath(path)} (${place.type}):${got} ${place.needs}`);
    this.path = path;
    this.type = place.type;
    this.incoming = incoming;
    this.needs = place.needs;
    this.output = place.output;
  }
}

function formatPath(path: ModelPath): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .slice(1);
}
