import { createHash } from 'node:crypto';
import { type ByteSource, joined, piecesOf } from '../../shared/onnx/byte-source.ts';

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

  constructor(contents: Readonly<Record<Name, () => Content>>) {
    this.#hashed = new Map(
      Object.entries<() => Content>(contents).map(([name, content]) => [
        name as Name,
        once(() => hashed(content())),
      ]),
    );
    const hashes = {} as Record<Name, string>;
    for (const [name, content] of this.#hashed)
      Object.defineProperty(hashes, name, { enumerable: true, get: () => content().hash });
    this.hashes = hashes;
  }

  /** @throws OnnxFormatError where a file that it lies in was changed meanwhile */
  find(hash: string): Uint8Array | undefined {
    const known = this.#sent.get(hash)?.deref();
    if (known !== undefined) return known;
    const sources = this.#sourcesOf(hash);
    if (sources === undefined) return undefined;
    const [first] = sources;
    const bytes = first && sources.length === 1 ? first.read(0, first.length) : joined(sources);
    this.#sent.set(hash, new WeakRef(bytes));
    return bytes;
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
