import { encodedSize } from '../codecs.ts';
import type { Vector } from '../memory.ts';
import { type Pieces, slicePieces } from '../pieces.ts';
import { DENSE } from './dense.ts';
import type { SectionWeights } from './section.ts';
import type { SectionParts } from './section-parts.ts';
import { throughStaging } from './staged.ts';
import type { DenseCodec } from './update-codec.ts';

/**
 * Counts the votes of a member that cannot encode them: the signs of its dense update, where others send signs.
 *
 * @param parts those of the encoding `vote`
 */
export function addVotesOf(
  acc: Vector,
  parts: SectionParts,
  { codec, bytes }: { readonly codec: DenseCodec; readonly bytes: Pieces },
  weights: SectionWeights,
): void {
  const { staging, kernels } = acc.memory;
  const [here, decoded] = [staging.slice(0, staging.length / 2), staging.slice(staging.length / 2)];
  const row = DENSE[codec];
  const each = (start: number, end: number, add: (part: Vector, x: Vector) => void): void => {
    const pieces = slicePieces(bytes, encodedSize(start, codec), encodedSize(end, codec));
    // A narrow encoding grows when it is decoded: no more at a time than the other half holds.
    for (let from = start; from < end; from += decoded.length) {
      const count = Math.min(decoded.length, end - from);
      const at = encodedSize(from - start, codec);
      const some = slicePieces(pieces, at, at + encodedSize(count, codec));
      throughStaging(here, some, row, count, (staged, offset, length) => {
        const x = decoded.slice(0, length);
        row.decode(x, staged);
        add(acc.slice(from + offset, from + offset + length), x);
      });
    }
  };
  for (const { start, end } of parts.coded) {
    each(start, end, (part, x) => kernels.codecs.addSign(part, weights.coded, x));
  }
  for (const { start, end } of parts.exact) {
    const weight = start >= weights.trainable ? weights.buffers : weights.exact;
    each(start, end, (part, x) => kernels.axpy(part, weight, x));
  }
}

/** The majority's verdict, in place: sum ← magnitude · sign(sum), zero where votes are even. */
export function takeMajority(sum: Vector, magnitude: number): void {
  const { staging, kernels } = sum.memory;
  for (let start = 0; start < sum.length; start += staging.length) {
    const part = sum.slice(start, Math.min(start + staging.length, sum.length));
    const votes = staging.slice(0, part.length);
    kernels.copy(votes, part);
    kernels.fill(part, 0);
    kernels.codecs.addSign(part, magnitude, votes);
  }
}
