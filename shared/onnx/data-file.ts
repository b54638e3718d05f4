import { type ByteSource, inMemory } from './byte-source.ts';
import { dataTypeOfCode } from './data-types.ts';
import { locateExternal, type ModelFile, placeOf } from './external-data.ts';
import { onnx } from './gen/onnx.js';
import { rewriteTensors } from './rewrite-tensors.ts';
import { structureOf } from './structure.ts';

/** Tensors of a data file begin at a multiple of this: readers may map them into memory as they are. */
const ALIGNMENT = 64;

/** The file beside a model in which its large tensors lie. */
export class DataFile {
  readonly pieces: ByteSource[] = [];
  #end = 0;

  /** Appends the bytes of a tensor. @returns where they are, for its TensorProto */
  put(location: string, bytes: ByteSource): ReturnType<typeof placeOf> {
    const { offset, length } = this.add(bytes);
    return placeOf(location, offset, length);
  }

  /** Appends the bytes of a tensor. @returns where they are */
  add(bytes: ByteSource): { readonly offset: number; readonly length: number } {
    const padding = (ALIGNMENT - (this.#end % ALIGNMENT)) % ALIGNMENT;
    if (padding > 0) this.pieces.push(inMemory(new Uint8Array(padding)));
    const offset = this.#end + padding;
    this.pieces.push(bytes);
    this.#end = offset + bytes.length;
    return { offset, length: bytes.length };
  }
}

/**
 * A model file as two: its structure, and one file with all large tensors, wherever they lay. Beyond that it is the same model,
 * with what is not understood of it.
 *
 * @param location of the data file, relative to the model's
 * @throws OnnxFormatError for a file that is no model, or data that does not fit
 */
export function withOneDataFile(
  file: ModelFile,
  location: string,
): { readonly model: readonly ByteSource[]; readonly data: readonly ByteSource[] } {
  const data = new DataFile();
  const structure = structureOf(file.source);
  const model = rewriteTensors(inMemory(structure), (start, stop) => {
    const proto = onnx.TensorProto.decode(structure.subarray(start, stop));
    const type = dataTypeOfCode(proto.dataType ?? 0);
    // What type that is, the reader of the model says better.
    if (proto.dataLocation !== 1 || type === undefined) return undefined;
    const elements = (proto.dims ?? []).reduce<number>((size, dim) => size * Number(dim), 1);
    const what = `tensor ${JSON.stringify(proto.name ?? '')}`;
    const bytes = locateExternal(proto, type, elements, what, file);
    return [inMemory(onnx.TensorProto.encode({ ...proto, ...data.put(location, bytes) }).finish())];
  });
  return { model, data: data.pieces };
}
