import { type ByteSource, sliceOf } from './byte-source.ts';
import { bytesPerElement } from './data-types.ts';
import { OnnxFormatError } from './errors.ts';
import type { onnx } from './gen/onnx.js';
import type { DataType } from './tensor.ts';

/** Opens another file that belongs to the model: `location` is a relative path with `/` that was checked to stay beside it. */
export type ExternalOpener = (location: string) => ByteSource;

/** An ONNX file, and how to open those in which it keeps tensors; without `external` such tensors are refused. */
export interface ModelFile {
  readonly source: ByteSource;
  /** Never for a stranger's model. */
  readonly external?: ExternalOpener;
}

/** The location of what lies in the model file itself. No file has it: paths have no control characters. */
export const SELF = '\u0000';

/**
 * Where the bytes of a tensor lie that the file keeps in another one
 * (https://github.com/onnx/onnx/blob/main/docs/ExternalData.md), or that are left out of its structure (structure.ts). They
 * are not read, but there must be enough of them.
 * @param size elements that its shape says
 * @param files the model's own, and those beside it
 * @throws OnnxFormatError without an opener, for a path that leaves the folder, for bytes that do not fit
 */
export function locateExternal(
  proto: onnx.TensorProto.$Properties,
  type: DataType,
  size: number,
  what: string,
  files: Partial<ModelFile>,
): ByteSource {
  const entries = new Map((proto.externalData ?? []).map(({ key, value }) => [key ?? '', value ?? '']));
  const named = entries.get('location') ?? '';
  const isInside = named === SELF && files.source !== undefined;
  if (!isInside && !files.external) {
    throw new OnnxFormatError(
      `${what} keeps its data in another file, which is not read here. Save the model as one file: ` +
        `onnx.save(onnx.load("model.onnx"), "single.onnx", save_as_external_data=False)`,
    );
  }
  if (type === 'string') {
    throw new OnnxFormatError(
      isInside
        ? `${what}: strings must not be in raw_data`
        : `${what} holds texts, and these cannot lie in another file: save the model again with them in the model file`,
    );
  }
  const needed = size * bytesPerElement(type);
  const location = isInside ? 'the file' : safeLocation(named, what);
  const offset = natural(entries.get('offset') ?? '0', 'offset', what);
  const length = natural(entries.get('length') ?? String(needed), 'length', what);
  if (length !== needed) {
    throw new OnnxFormatError(
      isInside
        ? `${what}: its shape needs ${needed} bytes, the file holds ${length}`
        : `${what}: its shape needs ${needed} bytes, its entry in ${location} has ${length}`,
    );
  }
  const source = isInside
    ? (files.source as ByteSource)
    : opened(files.external as ExternalOpener, location, what);
  const there = Math.max(0, Math.min(length, source.length - offset));
  if (there === length) return sliceOf(source, offset, offset + length);
  throw new OnnxFormatError(
    `${what}: ${location} holds ${there} of the ${length} bytes from ${offset}: it is cut off`,
  );
}

function opened(open: ExternalOpener, location: string, what: string): ByteSource {
  try {
    return open(location);
  } catch (cause) {
    if (!(cause instanceof OnnxFormatError)) throw cause;
    throw new OnnxFormatError(`${what}: ${cause.message}`, { cause });
  }
}

/** The fields of a TensorProto that say where its bytes are. */
export function placeOf(
  location: string,
  offset: number,
  length: number,
): Required<Pick<onnx.TensorProto.$Properties, 'externalData' | 'dataLocation'>> {
  const entries = { location, offset: String(offset), length: String(length) };
  return { externalData: Object.entries(entries).map(([key, value]) => ({ key, value })), dataLocation: 1 };
}

/**
 * A path below the model's folder, whatever the operating system takes for a path.
 * @throws OnnxFormatError for any other
 */
export function safeLocation(location: string, what: string): string {
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

/** @throws OnnxFormatError for what is no natural number that can be counted with */
export function natural(text: string, name: string, what: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new OnnxFormatError(`${what}: the ${name} of its external data is ${JSON.stringify(text)}`);
}
