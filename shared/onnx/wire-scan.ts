import { OnnxFormatError } from './errors.ts';

/*
 * Two bytes of an ONNX file can decode to an object of a few hundred: an empty node, or one of many int64s.
 * This walks the wire format (https://protobuf.dev/programming-guides/encoding) without decoding it and counts
 * what the decoder would make, so that a small file cannot fill the memory.
 */

/** Fields, by message, that hold a message (its name) or int64s ('int64'); all others are skipped unread. */
const FIELDS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  Model: { 7: 'Graph', 8: 'Leaf', 14: 'Leaf', 25: 'Function' },
  Graph: { 1: 'Node', 5: 'Tensor', 11: 'ValueInfo', 12: 'ValueInfo', 13: 'ValueInfo', 15: 'Leaf' },
  Node: { 5: 'Attribute' },
  Attribute: { 5: 'Tensor', 6: 'Graph', 8: 'int64', 10: 'Tensor', 11: 'Graph' },
  Tensor: { 1: 'int64', 7: 'int64', 11: 'int64', 13: 'Leaf' },
  ValueInfo: { 2: 'Type' },
  Type: { 1: 'TensorType', 4: 'Type', 5: 'Type', 9: 'Type' },
  TensorType: { 2: 'Shape' },
  Shape: { 1: 'Leaf' },
  Function: { 7: 'Node', 9: 'Leaf', 11: 'Attribute' },
  Leaf: {},
};

const DEEPEST = 100;

/**
 * The number of messages and int64s in an encoded ModelProto.
 * @throws OnnxFormatError if there are more than `limit`, or the bytes are no protobuf message
 */
export function countObjects(bytes: Uint8Array, limit: number): number {
  let count = 0;
  const one = (more = 1): void => {
    count += more;
    if (count > limit)
      throw new OnnxFormatError(`the model has more than ${limit} nodes, tensors and other parts`);
  };
  let at = 0;
  const varint = (end: number): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) break;
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new OnnxFormatError(`the model is cut off or damaged: no number at byte ${at}`);
  };
  const walk = (message: string, end: number, depth: number): void => {
    if (depth > DEEPEST) throw new OnnxFormatError(`the model nests more than ${DEEPEST} messages`);
    while (at < end) {
      const tag = varint(end);
      const wireType = tag % 8;
      const field = FIELDS[message]?.[Math.floor(tag / 8)];
      if (wireType === 0) {
        varint(end);
        if (field === 'int64') one();
      } else if (wireType === 1) at += 8;
      else if (wireType === 5) at += 4;
      else if (wireType === 2) {
        const length = varint(end);
        const stop = at + length;
        if (stop > end)
          throw new OnnxFormatError(`the model is cut off: ${stop - end} bytes are missing at byte ${at}`);
        if (field === 'int64') {
          for (let i = at; i < stop; i++) if ((bytes[i] as number) < 0x80) one();
        } else if (field !== undefined) {
          one();
          walk(field, stop, depth + 1);
        }
        at = stop;
      } else throw new OnnxFormatError(`this is not an ONNX model: wire type ${wireType} at byte ${at}`);
    }
    if (at > end)
      throw new OnnxFormatError('the model is cut off or damaged: a field ends beyond its message');
  };
  walk('Model', bytes.length, 0);
  return count;
}
