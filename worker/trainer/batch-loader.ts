import type { DatasetManifest } from '../../shared/data/dataset.ts';
import { maskTokens } from '../../shared/data/mask-tokens.ts';
import { RowReader } from '../../shared/data/row-reader.ts';
import { fillNoise } from '../../shared/parameters/noise.ts';
import { permutation } from '../../shared/parameters/random.ts';
import type { BoundProgram } from './bound-program.ts';

/** Gives a block of rows by its number; the caller has made sure that it is there. */
export type BlockSource = (block: number) => Uint8Array;

/** The member's rows among those of the data set, by number there: it knows them as 0, 1, …, training rows first. */
export interface RowView {
  readonly training: Uint32Array;
  readonly heldOut: Uint32Array;
}

/**
 * Fills a program's inputs for positions of an epoch. Which rows and which noise depend on the seed, the epoch and
 * the position only, so one member and many see the same batch.
 */
export class BatchLoader {
  private readonly reader: RowReader;
  private epoch = -1;
  private order: Uint32Array = new Uint32Array(0);
  private view: RowView | undefined;

  constructor(
    readonly manifest: DatasetManifest,
    blocks: BlockSource,
    private readonly seed: number,
  ) {
    this.reader = new RowReader(manifest, blocks);
  }

  /** From now on the member has these rows only, or all: many virtual members share one data set. */
  show(view: RowView | undefined): void {
    this.view = view;
    this.epoch = -1;
  }

  get trainingRows(): number {
    if (this.view) return this.view.training.length;
    return this.manifest.rows - this.manifest.test.rows;
  }

  get heldOutRows(): number {
    return this.view?.heldOut.length ?? this.manifest.test.rows;
  }

  /** Training rows at positions [start, end) of the epoch's permutation. */
  positions(epoch: number, start: number, end: number): Uint32Array {
    if (epoch !== this.epoch) {
      this.order = permutation(this.seed, epoch, this.trainingRows);
      this.epoch = epoch;
    }
    return this.order.subarray(start, end);
  }

  /** Rows [start, end) of the held-out split; they lie behind the training rows. */
  testRows(start: number, end: number): Uint32Array {
    return Uint32Array.from({ length: end - start }, (_, index) => this.trainingRows + start + index);
  }

  /** At most so many training rows, evenly spread over the table: always the same ones. */
  trainingSample(most: number): Uint32Array {
    const count = Math.min(most, this.trainingRows);
    return Uint32Array.from({ length: count }, (_, index) => Math.floor((index * this.trainingRows) / count));
  }

  blocksOf(rows: Uint32Array): number[] {
    return [...new Set(Array.from(rows, (row) => Math.floor(row / this.manifest.blockRows)))].sort(
      (a, b) => a - b,
    );
  }

  /** Fills features, target and noise of the first `rows.length` examples. */
  load(bound: BoundProgram, rows: Uint32Array, epoch: number): void {
    const buffers = bound.buffers(rows.length);
    this.reader.gather(this.stored(rows), buffers.features, buffers.target);
    const { masked } = this.manifest.target;
    if (masked) {
      const { vocabulary } = this.manifest.features.tokens!;
      const masking = { ...masked, vocabulary };
      maskTokens(buffers.features, buffers.target, masking, { seed: this.seed, epoch, examples: rows });
    }
    bound.program.noise.forEach((input, index) => {
      const buffer = buffers.noise[index]!;
      fillNoise(buffer, { seed: this.seed, epoch, examples: rows, place: input.place });
    });
  }
  /** Where the rows lie in the data set. Noise goes by the member's own numbers, as if it had a table of its own. */
  private stored(rows: Uint32Array): Uint32Array {
    const { view } = this;
    if (!view) return rows;
    const { training, heldOut } = view;
    return rows.map((row) => (row < training.length ? training[row]! : heldOut[row - training.length]!));
  }
}
