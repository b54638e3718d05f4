import type { ExpandRow } from '../../onnx/expand/context.ts';
import { PORTABLE_ELEMENTWISE } from './elementwise.ts';
import { PORTABLE_IMAGE } from './image.ts';
import { PORTABLE_NORMALISATION } from './normalisation.ts';
import { PORTABLE_REDUCTION } from './reduction.ts';
import { PORTABLE_SLICE } from './slice.ts';

/** Forward operators that would leave the GPU, as operators that run there, by name. */
export const PORTABLE_FORMS: ReadonlyMap<string, ExpandRow> = new Map(
  [
    ...PORTABLE_ELEMENTWISE,
    ...PORTABLE_NORMALISATION,
    ...PORTABLE_IMAGE,
    ...PORTABLE_REDUCTION,
    PORTABLE_SLICE,
  ].map((row) => [row.op, row]),
);

/** The portable form of an operator that WebGPU's provider lacks. */
export function portableFormOf(op: string, domain: string): ExpandRow | undefined {
  return domain === '' ? PORTABLE_FORMS.get(op) : undefined;
}
