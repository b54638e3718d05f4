import type { ParameterLayout } from '../../shared/parameters/layout.ts';

/**
 * Names of the parameters of the last layer: the last matrix (or kernel) that trains, with the bias and whatever else carries its layer's
 * name. Empty without a layout, and for a model without a matrix.
 */
export function lastLayer(layout: ParameterLayout | undefined): readonly string[] {
  const trained = (layout?.entries ?? []).filter(({ section }) => section === 'trainable');
  const last = trained.map(({ dims }) => dims.length >= 2).lastIndexOf(true);
  const matrix = trained[last];
  if (matrix === undefined) return [];
  const layer = layerOf(matrix.name);
  return trained
    .filter(({ name }, index) => index >= last || (layer !== '' && layerOf(name) === layer))
    .map(({ name }) => name);
}

/** `dense_1` of `dense_1.weight`; nothing where the name has no parts. */
function layerOf(name: string): string {
  return name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : '';
}
