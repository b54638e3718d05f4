import { createHash } from 'node:crypto';
import { type ByteSource, joined, piecesOf } from '../../shared/onnx/byte-source.ts';

/** What of a run travels and never changes, by its hash. What lies in files is in memory only while somebody is sent it. */
export class Blobs<Name extends string> {
  readonly hashes: Readonly<Record<Name, string>>;
  readonly #pieces: ReadonlyMap<string, readonly ByteSource[]>;
  readonly #sent = new Map<string, WeakRef<Uint8Array>>();

  /** @param contents each as pieces that follow each other */
  constructor(contents: Readonly<Record<Name, readonly ByteSource[]>>) {
    const named = Object.entries<readonly ByteSource[]>(contents).map(([name, pieces]) => {
      const hash = createHash('sha256');
      for (const piece of piecesOf(pieces)) hash.update(piece);
      return { name, hash: hash.digest('hex'), pieces };
    });
    this.hashes = Object.fromEntries(named.map(({ name, hash }) => [name, hash])) as Record<Name, string>;
    this.#pieces = new Map(named.map(({ hash, pieces }) => [hash, pieces]));
  }

  /** @throws OnnxFormatError where a file that it lies in was changed meanwhile */
  find(hash: string): Uint8Array | undefined {
    const pieces = this.#pieces.get(hash);
    if (pieces === undefined) return undefined;
    const known = this.#sent.get(hash)?.deref();
    if (known !== undefined) return known;
    const [first] = pieces;
    const bytes = first && pieces.length === 1 ? first.read(0, first.length) : joined(pieces);
    this.#sent.set(hash, new WeakRef(bytes));
    return bytes;
  }
}
