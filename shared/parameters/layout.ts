/**
 * The canonical order of a model's parameters in one flat float32 vector: first all of `trainable`, then all of
 * `buffers`. Within a section, in the order of first use in the graph.
 */
export type Section = 'trainable' | 'buffers';

export interface ParameterEntry {
  readonly name: string;
  readonly dims: readonly number[];
  readonly section: Section;
  /** Offset in floats from the start of the whole vector; a multiple of 4 (16 bytes, one SIMD lane). */
  readonly offset: number;
  /** Number of floats, without padding. */
  readonly length: number;
  /** Whether weight decay applies: true for tensors of two or more dimensions, false for biases and scales. */
  readonly decay: boolean;
  /** For a buffer of batch normalisation: which moment it is, and the entry that holds the other one. */
  readonly statistic?: {
    readonly kind: 'mean' | 'variance';
    readonly partner: string;
    /** Share of the batch in the running statistic, PyTorch's momentum. */
    readonly momentum: number;
    /** Values per channel in one example (1 for [batch, channels], height * width for images); 1 when absent. */
    readonly positions?: number;
  };
}

export interface ParameterLayout {
  readonly entries: readonly ParameterEntry[];
  /** Floats of the trainable section, padding included: it is [0, trainable). */
  readonly trainable: number;
  /** Floats of the buffers section: it is [trainable, trainable + buffers). */
  readonly buffers: number;
  /** trainable + buffers. */
  readonly length: number;
}

/** Lays tensors out one behind the other, each at a multiple of four floats, sections in order. */
export function makeLayout(tensors: readonly Omit<ParameterEntry, 'offset' | 'length'>[]): ParameterLayout {
  let offset = 0;
  const place = (section: Section): ParameterEntry[] =>
    tensors
      .filter((tensor) => tensor.section === section)
      .map((tensor) => {
        const length = tensor.dims.reduce((product, dim) => product * dim, 1);
        const entry = { ...tensor, offset, length };
        offset += (length + 3) & ~3;
        return entry;
      });
  const trainableEntries = place('trainable');
  const trainable = offset;
  const bufferEntries = place('buffers');
  return {
    entries: [...trainableEntries, ...bufferEntries],
    trainable,
    buffers: offset - trainable,
    length: offset,
  };
}
