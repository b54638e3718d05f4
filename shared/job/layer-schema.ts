import { z } from 'zod';
import type { LayerRow } from '../nn/layers/layer.ts';
import { layerRegistry } from '../nn/layers/registry.ts';
import { type Alternative, choice } from './choice.ts';
import type { LayerJob } from './job.ts';

/** A list of layers may hold lists of layers; deeper than this is a mistake, or an attack. */
const MAX_LAYERS = 10_000;

/** One entry of `model.layers`, checked by the layer's own schema. */
export const layerSchema: z.ZodType<LayerJob> = choice(
  {
    id: 'layer',
    description: 'A layer: its word, its word with options, or its word with the value of its main option.',
    alternatives: Object.fromEntries(
      Object.entries(layerRegistry).map(([word, row]) => [word, alternative(row)]),
    ),
  },
  (type, options): LayerJob => ({ type, options }),
);

export const layerListSchema = z.array(z.lazy(() => layerSchema)).max(MAX_LAYERS);

/** The row's schema, in which options that are lists of layers are checked as layers. */
function alternative(row: LayerRow): Alternative {
  const nested = Object.fromEntries(
    (row.nested ?? []).map((option) => {
      const list = z.array(z.lazy(() => layerSchema)).max(MAX_LAYERS);
      const optional = row.schema.shape[option]?.safeParse(undefined).success;
      return [option, optional ? list.default([]) : list.min(1)];
    }),
  );
  return { ...row, schema: row.schema.extend(nested) };
}
