import { OnnxFormatError } from './errors.ts';
import type { onnx } from './gen/onnx.js';

/**
 * Gives the bytes of another file that belongs to the model: `length` bytes from `offset` of the file at `location`,
 * a relative path with `/` that was checked to stay beside the model.
 */
export type ExternalReader = (location: string, offset: number, length: number) => Uint8Array;

/**
 * The bytes of a tensor that the file keeps in another one
 * (https://github.com/onnx/onnx/blob/main/docs/ExternalData.md).
 * @param needed bytes that its type and shape say
 * @throws OnnxFormatError without a reader, for a path that leaves the folder, for bytes that do not fit
 */
export function readExternal(
  proto: onnx.TensorProto.$Properties,
  needed: number,
  what: string,
  read: ExternalReader | undefined,
): Uint8Array {
  if (!read) {
    throw new OnnxFormatError(
      `${what} keeps its data in another file, which is not read here. Save the model as one file: ` +
        `onnx.save(onnx.load("model.onnx"), "single.onnx", save_as_external_data=False)`,
    );
  }
  const entries = new Map((proto.externalData ?? []).map(({ key, value }) => [key ?? '', value ?? '']));
  const location = safeLocation(entries.get('location') ?? '', what);
  const offset = natural(entries.get('offset') ?? '0', 'offset', what);
  const length = natural(entries.get('length') ?? String(needed), 'length', what);
  if (length !== needed) {
    throw new OnnxFormatError(
      `${what}: its shape needs ${needed} bytes, its entry in ${location} has ${length}`,
    );
  }
  const bytes = read(location, offset, length);
  if (bytes.length !== length) {
    throw new OnnxFormatError(
      `${what}: ${location} holds ${bytes.length} of the ${length} bytes from ${offset}: it is cut off`,
    );
  }
  return bytes;
}

/** A path below the model's folder, whatever the operating system takes for a path. */
function safeLocation(location: string, what: string): string {
  const parts = location.split('/');
  const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  // Backslashes and colons are separators and drives on Windows; control characters are never meant.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (plain && !/[\\:\u0000-\u001f]/.test(location)) return location;
  throw new OnnxFormatError(
    `${what} keeps its data at ${JSON.stringify(location)}, which is no plain path beside the model: ` +
      'save the model again with its data in a file next to it',
  );
}

function natural(text: string, name: string, what: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new OnnxFormatError(`${what}: the ${name} of its external data is ${JSON.stringify(text)}`);
}
