import { ATTENTION } from './attention.ts';
import { CLASS_LOSSES } from './class-losses.ts';
import type { ExpandRow } from './context.ts';
import { CONTROL_FLOW } from './control-flow.ts';
import { DEFORMABLE } from './deformable.ts';
import { EINSUM } from './einsum.ts';
import { FOURIER } from './fourier.ts';
import { FUSED_ACTIVATIONS } from './fused-activations.ts';
import { FUSED_ATTENTION } from './fused-attention.ts';
import { FUSED_LINEAR } from './fused-linear.ts';
import { MATMUL_N_BITS } from './matmul-n-bits.ts';
import { NORMALISATIONS } from './normalisations.ts';
import { QUANTISED } from './quantised.ts';
import { RECURRENT_LAYOUT } from './recurrent/unroll.ts';
import { ROTARY } from './rotary.ts';
import { SEQUENCES } from './sequences.ts';

/** Every expansion, by family. To add one, add a row to its family's file; a family of its own goes here. */
export const EXPANSION_FAMILIES: Readonly<Record<string, readonly ExpandRow[]>> = {
  'control flow': CONTROL_FLOW,
  recurrent: RECURRENT_LAYOUT,
  sequences: SEQUENCES,
  convolution: DEFORMABLE,
  einsum: EINSUM,
  'Fourier transforms': FOURIER,
  activations: FUSED_ACTIVATIONS,
  normalisation: NORMALISATIONS,
  attention: [...ATTENTION, ...FUSED_ATTENTION, ...ROTARY],
  'linear algebra': FUSED_LINEAR,
  losses: CLASS_LOSSES,
  quantisation: [...QUANTISED, ...MATMUL_N_BITS],
};

const key = (op: string, domain: string): string => `${domain}.${op}`;

const ROWS: ReadonlyMap<string, ExpandRow> = new Map(
  Object.values(EXPANSION_FAMILIES)
    .flat()
    .map((row) => [key(row.op, row.domain), row]),
);

/** How an operator is written as others; undefined for one that is taken as it is, or not known. */
export function expansionOf(op: string, domain: string): ExpandRow | undefined {
  return ROWS.get(key(op, domain));
}
