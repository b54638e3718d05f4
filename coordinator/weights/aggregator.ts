import type { Wire } from '../../shared/job/wire-job.ts';
import { isDense } from '../../shared/parameters/codecs/dense.ts';
import {
  addSection,
  type CodedSection,
  sectionFault,
  sectionSize,
} from '../../shared/parameters/codecs/section.ts';
import { type SectionParts, sectionParts } from '../../shared/parameters/codecs/section-parts.ts';
import type {
  EncodingFault,
  SectionCodec,
  UpdateCodec,
} from '../../shared/parameters/codecs/update-codec.ts';
import { addVotesOf } from '../../shared/parameters/codecs/votes.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import type { ServerVectors } from './vectors.ts';

/** A vector of an update as it travelled. */
export interface UpdateSectionBytes extends CodedSection {
  readonly name: string;
}

/** Sums the updates of a window: says what an update may look like and what is wrong with one, and adds the others up. */
export class Aggregator {
  /** How updates are divided for the job's encoding, and for dense ones. */
  private readonly coded: SectionParts;
  private readonly dense: SectionParts;

  /** @param local globs of parameters that stay with the members */
  constructor(
    private readonly layout: ParameterLayout,
    private readonly vectors: ServerVectors,
    private readonly up: Wire['up'],
    local: readonly string[] | undefined,
  ) {
    this.coded = sectionParts(layout, up.codec, local);
    this.dense = sectionParts(layout, 'f32');
  }

  /** Whether an encoded section of so many bytes is one that is summed, in an encoding that may be asked for, and fits the layout. */
  fits(name: string, bytes: number, codec: UpdateCodec): 'ok' | 'unknown' | 'encoding' | 'size' {
    const isParameters = name === 'parameters';
    if (!isParameters && !Object.hasOwn(this.vectors.beside, name)) return 'unknown';
    const quantized = isParameters ? this.up.codec : 'int8';
    if (!isDense(codec) && codec !== quantized) return 'encoding';
    return bytes === sectionSize(this.partsOf(codec), codec, this.up.share) ? 'ok' : 'size';
  }

  /**
   * The most that an update can take.
   *
   * @param codec of `parameters`
   * @param others of the other sections
   */
  updateBytes(codec: UpdateCodec, others: SectionCodec): number {
    const count = Object.keys(this.vectors.beside).length;
    return (
      sectionSize(this.partsOf(codec), codec, this.up.share) +
      count * sectionSize(this.partsOf(others), others)
    );
  }

  /** What is wrong with a section that fits. */
  fault(section: CodedSection): EncodingFault | undefined {
    return sectionFault(this.vectors.sum, this.partsOf(section.codec), section, this.up.share);
  }

  /** sum += weight · update, buffers with their own weight. In a majority each member has one vote. */
  add(sections: readonly UpdateSectionBytes[], weight: number, buffersWeight: number): void {
    const voting = this.up.codec === 'vote';
    const { sum: parameters, beside } = this.vectors;
    for (const { name, codec, bytes } of sections) {
      const sum = name === 'parameters' ? parameters : beside[name]?.sum;
      if (!sum) throw new Error(`the update has a section '${name}' that the strategy does not know`);
      const votes = voting && name === 'parameters';
      const { trainable } = this.layout;
      const weights = { coded: votes ? 1 : weight, exact: weight, buffers: buffersWeight, trainable };
      if (votes && isDense(codec)) addVotesOf(sum, this.coded, { codec, bytes }, weights);
      else addSection(sum, this.partsOf(codec), { codec, bytes }, weights);
    }
  }

  /** Forgets what was added to the open window. */
  clear(): void {
    const { sum: parameters, beside } = this.vectors;
    for (const sum of [parameters, ...Object.values(beside).map((vector) => vector.sum)])
      sum.memory.kernels.fill(sum, 0);
  }

  private partsOf(codec: UpdateCodec): SectionParts {
    return isDense(codec) ? this.dense : this.coded;
  }
}
