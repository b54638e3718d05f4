import { type DatasetManifest, targetCount } from './dataset.ts';

/** A block's bytes, seen as what a row is made of. */
interface BlockView {
  readonly bytes: Uint8Array;
  readonly shorts: Uint16Array;
  readonly floats: Float32Array;
  readonly ints: Int32Array;
}

/**
 * Gathers rows of a dataset by index into memory that the caller owns; nothing is allocated per row.
 *
 * `block` gives the bytes of a block and is called once per row, so it should be a look-up. The views of a block are kept as
 * long as the very Uint8Array that `block` returned.
 */
export class RowReader {
  private readonly views = new WeakMap<Uint8Array, BlockView>();
  private readonly manifest: DatasetManifest;
  private readonly block: (index: number) => Uint8Array;

  constructor(manifest: DatasetManifest, block: (index: number) => Uint8Array) {
    this.manifest = manifest;
    this.block = block;
  }

  /**
   * @param rows dataset indices: [0, rows) with the test rows last
   * @param features [rows.length, features.count]: raw values, or token ids
   * @param target [rows.length, target.count]: class indices, tokens (all of them, where some will be masked) or numbers; of any size when there is no target
   * @throws RangeError when a row does not exist or the memory is too small
   */
  gather(
    rows: ArrayLike<number>,
    features: Float32Array | Int32Array,
    target: Int32Array | Float32Array,
  ): void {
    const { features: spec, rowBytes, blockRows, rows: total, target: targetSpec } = this.manifest;
    const width = spec.count;
    const targets = targetCount(targetSpec);
    if (features.length < rows.length * width || target.length < rows.length * targets) {
      throw new RangeError(
        `${rows.length} rows of ${width} features do not fit in ${features.length} features and ${target.length} targets.`,
      );
    }
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at]!;
      if (!(row >= 0 && row < total)) throw new RangeError(`Row ${row} of a dataset of ${total} rows.`);
      const index = Math.floor(row / blockRows);
      const view = this.viewOf(index);
      const start = (row - index * blockRows) * rowBytes;
      const values = storedAs(view, spec.type);
      const from = start / values.BYTES_PER_ELEMENT;
      for (let column = 0, to = at * width; column < width; column++) features[to++] = values[from + column]!;
      if (targetSpec.kind === 'next') copy(values, from + 1, target, at * targets, targets);
      else if (targetSpec.kind === 'masked') copy(values, from, target, at * targets, targets);
      else {
        const place = ((start + rowBytes) >> 2) - targets;
        copy(targetSpec.type === 'int32' ? view.ints : view.floats, place, target, at * targets, targets);
      }
    }
  }

  private viewOf(index: number): BlockView {
    const given = this.block(index);
    const known = this.views.get(given);
    if (known) return known;
    const expected = this.manifest.blocks[index]?.bytes;
    if (given.length !== expected) {
      throw new RangeError(`Block ${index} has ${given.length} bytes, the manifest says ${expected}.`);
    }
    // Bytes that arrived in a message may start anywhere; typed views need a multiple of four.
    const bytes = given.byteOffset % 4 === 0 ? given : given.slice();
    const view = {
      bytes,
      shorts: new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1),
      floats: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2),
      ints: new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2),
    };
    this.views.set(given, view);
    return view;
  }
}

function storedAs(
  view: BlockView,
  type: DatasetManifest['features']['type'],
): Uint8Array | Uint16Array | Int32Array | Float32Array {
  if (type === 'float32') return view.floats;
  if (type === 'int32') return view.ints;
  return type === 'uint8' ? view.bytes : view.shorts;
}

function copy(
  from: ArrayLike<number>,
  start: number,
  to: Int32Array | Float32Array,
  at: number,
  count: number,
): void {
  // An Int32Array truncates what it is given, so a class that is stored as a number stays one.
  for (let index = 0; index < count; index++) to[at + index] = from[start + index]!;
}
