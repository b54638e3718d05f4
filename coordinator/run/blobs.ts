import { createHash } from 'node:crypto';
import { sha256 } from '../../node/data/sha256.ts';
import { type ByteSource, joined, piecesOf } from '../../shared/onnx/byte-source.ts';
import { OnnxFormatError } from '../../shared/onnx/errors.ts';

/** What is sent under a name, and what that refers to. */
export interface Content {
  /** As sources that follow each other. */
  readonly message: readonly ByteSource[];
  /** By hash. */
  readonly others?: ReadonlyMap<string, ByteSource>;
}

/**
 * What of a run travels and never changes, by its hash. What lies in files is in memory only while somebody is sent it, and is hashed
 * when its hash is first asked for: whoever only looks at a run, or exports its model, need not wait for it.
 */
export class Blobs<Name extends string> {
  readonly hashes: Readonly<Record<Name, string>>;
  readonly #hashed: ReadonlyMap<Name, () => Hashed>;
  readonly #sent = new Map<string, WeakRef<Uint8Array>>();
  readonly #reading: Reading;

  /** @param reading makes errors of files say whose they are */
  constructor(contents: Readonly<Record<Name, () => Content>>, reading: Reading = (read) => read()) {
    this.#reading = reading;
    this.#hashed = new Map(
      Object.entries<() => Content>(contents).map(([name, content]) => [
        name as Name,
        once(() => hashed(content())),
      ]),
    );
    const hashes = {} as Record<Name, string>;
    for (const [name, content] of this.#hashed)
      Object.defineProperty(hashes, name, { enumerable: true, get: () => reading(content).hash });
    this.hashes = hashes;
  }

  /**
   * What is read is compared with the hash: it tells whether a file is what it was, as a time stamp does not.
   *
   * @throws OnnxFormatError where a file that it lies in has other bytes by now
   */
  find(hash: string): Uint8Array | undefined {
    const known = this.#sent.get(hash)?.deref();
    if (known !== undefined) return known;
    const bytes = this.#reading(() => this.#read(hash));
    if (bytes !== undefined) this.#sent.set(hash, new WeakRef(bytes));
    return bytes;
  }

  #read(hash: string): Uint8Array | undefined {
    const sources = this.#sourcesOf(hash);
    if (sources === undefined) return undefined;
    const [first] = sources;
    const bytes = first && sources.length === 1 ? first.read(0, first.length, true) : joined(sources, true);
    if (sha256(bytes) === hash) return bytes;
    throw new OnnxFormatError('its weights are other ones than when the run was opened');
  }

  #sourcesOf(hash: string): readonly ByteSource[] | undefined {
    for (const content of this.#hashed.values()) {
      const { hash: own, message, others } = content();
      if (own === hash) return message;
      const other = others?.get(hash);
      if (other) return [other];
    }
    return undefined;
  }
}

/** Calls what it is given, and gives back what that returns. */
type Reading = <T>(read: () => T) => T;

interface Hashed extends Content {
  readonly hash: string;
}

function hashed(content: Content): Hashed {
  const hash = createHash('sha256');
  for (const piece of piecesOf(content.message)) hash.update(piece);
  return { ...content, hash: hash.digest('hex') };
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}
