import { BLOCK } from '../codec-kernels.ts';
import { matchingEntries } from '../glob.ts';
import type { ParameterEntry, ParameterLayout } from '../layout.ts';
import { isDense } from './dense.ts';
import type { UpdateCodec } from './update-codec.ts';

/** Floats [start, end) of a vector. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** How a vector is divided for an encoding. */
export interface SectionParts {
  /** By the encoding, in order. */
  readonly coded: readonly Stretch[];
  /** As float32 behind it, in order. */
  readonly exact: readonly Stretch[];
}

/**
 * Which stretches of a vector an encoding is for. A dense one takes the whole, [trainable, buffers]. The others take weights of
 * two or more dimensions, each tensor by itself so that no scale spans two of them. Biases, scales, tensors below a block, and
 * buffers (statistics: not gradients, and wrong in one place is wrong everywhere) are a small part of a model and stay exact. What stays
 * with the member does not travel at all, nor does the padding between tensors.
 *
 * @param local globs of the parameters that stay with the member
 */
export function sectionParts(
  layout: ParameterLayout,
  codec: UpdateCodec,
  local: readonly string[] = [],
): SectionParts {
  const { trainable, length } = layout;
  if (isDense(codec)) {
    const whole = [
      { start: 0, end: trainable },
      { start: trainable, end: length },
    ];
    return { coded: whole, exact: [] };
  }
  const personal = new Set(matchingEntries(layout, local));
  const shared = layout.entries.filter((entry) => !personal.has(entry));
  return {
    coded: shared.filter(isLarge).map(stretchOf),
    exact: shared.filter((entry) => !isLarge(entry)).map(stretchOf),
  };
}

function isLarge({ section, dims, length }: ParameterEntry): boolean {
  return section === 'trainable' && dims.length >= 2 && length >= BLOCK;
}

function stretchOf({ offset, length }: ParameterEntry): Stretch {
  return { start: offset, end: offset + length };
}
