import { type ByteSource, inMemory } from '../byte-source.ts';
import { OnnxFormatError } from '../errors.ts';
import { type ModelFile, natural } from '../external-data.ts';
import { forEachApart } from '../external-entries.ts';
import { HASH, type PieceList } from './piece-list.ts';

const MOST_TENSORS = 100_000;

interface Stretch {
  readonly offset: number;
  readonly length: number;
}

/** What a model that was sent refers to. */
export interface Referred {
  /** SHA-256 of the list of the pieces. */
  readonly id: string;
  readonly tensors: readonly Stretch[];
}

/**
 * What a model that came from a stranger has apart from its message: nothing, or frozen weights in the pieces of one list.
 * Only the places of tensors are decoded, no tensor.
 *
 * @throws OnnxFormatError for a reference to anything else, such as a file
 */
export function referredBy(file: Uint8Array | ByteSource): Referred | undefined {
  const model = file instanceof Uint8Array ? inMemory(file) : file;
  const tensors: Stretch[] = [];
  let id: string | undefined;
  forEachApart(model, (entries) => {
    const location = entries.get('location') ?? '';
    id ??= location;
    if (!HASH.test(location) || location !== id) throw elsewhere(location);
    const what = 'a tensor of the model';
    tensors.push({
      offset: natural(entries.get('offset') ?? '', 'offset', what),
      length: natural(entries.get('length') ?? '', 'length', what),
    });
    if (tensors.length > MOST_TENSORS)
      throw new OnnxFormatError(`more than ${MOST_TENSORS} tensors of the model are apart from it`);
  });
  return id === undefined ? undefined : { id, tensors };
}

function elsewhere(location: string): OnnxFormatError {
  return new OnnxFormatError(
    `a tensor of the model keeps its data in another file, at ${JSON.stringify(location.slice(0, 80))}, which is never read: what is sent ` +
      'may refer to the pieces that it is sent in, and to nothing else',
  );
}

/**
 * Compares what the tensors take with what there is. None may lie in another: a few bytes would stand for any number of weights.
 *
 * @throws OnnxFormatError where they do not fit
 */
export function checkReferred({ tensors }: Referred, { bytes }: Pick<PieceList, 'bytes'>): void {
  let end = 0;
  for (const { offset, length } of [...tensors].sort((a, b) => a.offset - b.offset)) {
    if (offset < end) throw new OnnxFormatError(`two tensors of the model share the bytes from ${offset}`);
    end = offset + length;
  }
  if (end <= bytes) return;
  throw new OnnxFormatError(
    `the model's tensors take ${end} bytes, and its pieces have ${bytes}: they are cut off`,
  );
}

/** Frozen weights that are here, under the name that their model has for them. */
export interface Frozen {
  readonly id: string;
  readonly source: ByteSource;
}

/** Frozen weights that are not here: for whoever looks at a graph, in which no such number decides anything. */
export function unfetched(id: string, bytes: number): Frozen {
  const read = (): never => {
    throw new OnnxFormatError('its graph cannot be followed without the numbers of its frozen weights');
  };
  return { id, source: { length: bytes, read } };
}

/** Bytes that a model's tensors take apart from it. */
export function bytesReferred({ tensors }: Referred): number {
  return tensors.reduce((end, { offset, length }) => Math.max(end, offset + length), 0);
}

/** A model that was sent, with the weights that it refers to, if it does. */
export function withFrozen(model: Uint8Array | ByteSource, frozen: Frozen | undefined): ModelFile {
  const source = model instanceof Uint8Array ? inMemory(model) : model;
  if (frozen === undefined) return { source };
  return {
    source,
    external: (location) => {
      if (location === frozen.id) return frozen.source;
      throw elsewhere(location);
    },
  };
}
