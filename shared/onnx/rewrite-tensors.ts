import { type ByteSource, inMemory, lengthOf, sliceOf } from './byte-source.ts';
import { OnnxFormatError } from './errors.ts';
import { WireReader } from './wire.ts';

/** Fields, by message, in which tensors lie; all others are handed on as they are. */
const INSIDE: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  Model: { 7: 'Graph', 25: 'Function' },
  Graph: { 1: 'Node', 5: 'Tensor' },
  Node: { 5: 'Attribute' },
  Attribute: { 5: 'Tensor', 6: 'Graph', 10: 'Tensor', 11: 'Graph' },
  Function: { 7: 'Node', 11: 'Attribute' },
};

const DEEPEST = 100;

/** What stands in place of a TensorProto at `start` to `stop` of the file; undefined leaves it as it is. */
export type TensorRewriter = (start: number, stop: number) => readonly ByteSource[] | undefined;

/**
 * An encoded ModelProto with other tensors, as pieces that follow each other: nothing is decoded, and what stays is not read
 * (https://protobuf.dev/programming-guides/encoding). Messages around a changed tensor get their new lengths.
 *
 * @throws OnnxFormatError for bytes that are no protobuf message
 */
export function rewriteTensors(source: ByteSource, rewrite: TensorRewriter): readonly ByteSource[] {
  const wire = new WireReader(source);
  /** The message's content from `wire.at` to `stop`, or undefined where nothing in it changes. */
  const walk = (message: string, stop: number, depth: number): readonly ByteSource[] | undefined => {
    if (depth > DEEPEST) throw new OnnxFormatError(`the model nests more than ${DEEPEST} messages`);
    const made: ByteSource[] = [];
    let kept = wire.at;
    while (wire.at < stop) {
      const begin = wire.at;
      const field = wire.field(stop);
      const inner = field.type === 'bytes' ? INSIDE[message]?.[field.number] : undefined;
      const content =
        inner === 'Tensor' ? rewrite(wire.at, field.stop) : inner && walk(inner, field.stop, depth + 1);
      if (content) {
        made.push(
          sliceOf(source, kept, begin),
          inMemory(header(field.number, lengthOf(content))),
          ...content,
        );
        kept = field.stop;
      }
      wire.at = field.stop;
    }
    return made.length === 0 ? undefined : [...made, sliceOf(source, kept, stop)];
  };
  return walk('Model', source.length, 0) ?? [source];
}

/** What stands before the content of a field of bytes: its number and wire type, and the length. */
export function header(field: number, length: number): Uint8Array {
  return Uint8Array.from([...varint(field * 8 + 2), ...varint(length)]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return [...bytes, value];
}
