import type { ByteSource } from './byte-source.ts';
import { OnnxFormatError } from './errors.ts';
import { WireReader } from './wire.ts';

/*
 * Two bytes of an ONNX file can decode to an object of a few hundred: an empty node, or one of many int64s.
 * This counts what the decoder would make, so that a small file cannot fill the memory.
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
export function countObjects(bytes: Uint8Array | ByteSource, limit: number): number {
  let count = 0;
  const one = (more = 1): void => {
    count += more;
    if (count > limit)
      throw new OnnxFormatError(`the model has more than ${limit} nodes, tensors and other parts`);
  };
  const wire = new WireReader(bytes);
  const walk = (message: string, end: number, depth: number): void => {
    if (depth > DEEPEST) throw new OnnxFormatError(`the model nests more than ${DEEPEST} messages`);
    while (wire.at < end) {
      const { number, type, stop } = wire.field(end);
      const field = FIELDS[message]?.[number];
      if (field === 'int64') {
        if (type === 'varint') one();
        else if (type === 'bytes') one(wire.countVarints(stop));
      } else if (type === 'bytes' && field !== undefined) {
        one();
        walk(field, stop, depth + 1);
      }
      wire.at = stop;
    }
  };
  walk('Model', bytes.length, 0);
  return count;
}
