import { z } from 'zod';
import type { LayerJob } from '../../job/job.ts';
import { ModelBuildError, type ModelPath } from '../model-build-error.ts';
import { layerRegistry } from './registry.ts';

/**
 * One entry of a `layers` list, in any of the forms that people write: `relu`, `{ dense: 64 }`,
 * `{ conv: { filters: 32 } }`, or an already parsed LayerJob.
 *
 * @throws ModelBuildError for an unknown type, a wrong form or wrong options.
 */
export function parseLayer(entry: unknown, path: ModelPath): LayerJob {
  if (isLayerJob(entry)) return { type: entry.type, options: check(entry.type, entry.options, path) };
  if (typeof entry === 'string') return { type: entry, options: check(entry, {}, path) };
  if (typeof entry === 'object' && entry !== null && Object.keys(entry).length === 1) {
    const [type, value] = Object.entries(entry)[0]!;
    return { type, options: check(type, expand(type, value), path) };
  }
  throw new ModelBuildError({
    path,
    type: 'layers',
    needs: `${JSON.stringify(entry)} is no layer: write \`- relu\`, \`- dense: 64\` or \`- conv: { filters: 32, kernel: 3 }\``,
  });
}

function isLayerJob(entry: unknown): entry is LayerJob {
  return (
    typeof entry === 'object' &&
    entry !== null &&
    typeof (entry as LayerJob).type === 'string' &&
    typeof (entry as LayerJob).options === 'object'
  );
}

/** A scalar or a list stands for the option that the row's `shorthand` names. */
function expand(type: string, value: unknown): unknown {
  if (value === null || value === undefined) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  const shorthand = layerRegistry[type]?.shorthand;
  return shorthand === undefined ? value : { [shorthand]: value };
}

function check(type: string, options: unknown, path: ModelPath): Record<string, unknown> {
  const row = layerRegistry[type];
  if (row === undefined) {
    const known = Object.keys(layerRegistry).join(', ');
    throw new ModelBuildError({ path, type, needs: `there is no such layer; there are ${known}` });
  }
  const parsed = row.schema.safeParse(options);
  if (!parsed.success) {
    const problems = z.prettifyError(parsed.error).replaceAll('\n', ' ');
    throw new ModelBuildError({ path, type, needs: `${problems}; for example \`${row.example}\`` });
  }
  return parsed.data;
}
