import { type ByteSource, inMemory, joined, lengthOf, sliceOf } from './byte-source.ts';
import { dataTypeOfCode } from './data-types.ts';
import { OnnxFormatError } from './errors.ts';
import { placeOf, SELF, safeLocation } from './external-data.ts';
import { onnx } from './gen/onnx.js';
import { rewriteTensors } from './rewrite-tensors.ts';
import { LEAST_STORED } from './stored-tensor.ts';
import { WireReader } from './wire.ts';

/** Of a TensorProto. */
const [DATA_TYPE, RAW_DATA, EXTERNAL_DATA] = [2, 9, 13];
/** One protobuf message has fewer bytes than this. */
export const MOST_BYTES = 2 ** 31 - 1;

/**
 * A model file without its large `raw_data`: names, types, dims, and in place of the bytes where in the file they lie, written
 * as external data at `SELF`. Of the file only this is read.
 *
 * @throws OnnxFormatError for bytes that are no model
 */
export function structureOf(source: ByteSource): Uint8Array {
  const wire = new WireReader(source);
  const structure = rewriteTensors(source, (start, stop) => {
    const kept: ByteSource[] = [];
    let [type, raw, isElsewhere] = [0, undefined as { at: number; length: number } | undefined, false];
    wire.at = start;
    while (wire.at < stop) {
      const begin = wire.at;
      const field = wire.field(stop);
      if (field.number === DATA_TYPE) type = field.value;
      if (field.number === EXTERNAL_DATA && field.type === 'bytes') {
        isElsewhere = true;
        refuseSelf(source.read(wire.at, field.value));
      }
      if (field.number === RAW_DATA && field.type === 'bytes') raw = { at: wire.at, length: field.value };
      else kept.push(sliceOf(source, begin, field.stop));
      wire.at = field.stop;
    }
    // What type that is, and what to make of two places for the data, the reader of the model says better.
    if (raw === undefined || raw.length < LEAST_STORED || isElsewhere || dataTypeOfCode(type) === undefined)
      return undefined;
    return [...kept, inMemory(onnx.TensorProto.encode(placeOf(SELF, raw.at, raw.length)).finish())];
  });
  if (lengthOf(structure) <= MOST_BYTES) return joined(structure);
  throw new OnnxFormatError('without its weights the model has more than 2 GB: it is no model');
}

/** Only this module says that bytes lie in the file itself: a file that does would have its tensors share them. */
function refuseSelf(entry: Uint8Array): void {
  let value: string | null | undefined;
  try {
    ({ value } = onnx.StringStringEntryProto.decode(entry));
  } catch (cause) {
    throw new OnnxFormatError('the model is damaged: where a tensor keeps its data cannot be read', {
      cause,
    });
  }
  if (value === SELF) safeLocation(SELF, 'a tensor');
}
