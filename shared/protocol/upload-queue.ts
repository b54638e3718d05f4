import { ChunkedBytes } from './chunked-bytes.ts';
import { TransferError } from './errors.ts';
import type { Hasher } from './hasher.ts';
import type { Link } from './link.ts';
import type { Message, UpdateContent, UpdateMessage, UploadStatus, Welcome } from './messages.ts';

/** Times that an update whose bytes arrive damaged is offered again. */
const MAX_ATTEMPTS = 3;

interface Upload {
  readonly update: UpdateMessage;
  readonly payload: Uint8Array;
  readonly nonce: number;
  readonly resolve: (status: UploadStatus) => void;
  readonly reject: (error: Error) => void;
  transfer: number | undefined;
  attempts: number;
  chunked: ChunkedBytes | undefined;
}

/** A member's updates that are not acknowledged yet. Each is offered again over the next connection until it is. */
export class UploadQueue {
  readonly #uploads = new Map<string, Upload>();
  readonly #hasher: Hasher;
  readonly #random: () => number;
  #link: Link | undefined;
  #welcome: Welcome | undefined;

  constructor(hasher: Hasher, random: () => number) {
    this.#hasher = hasher;
    this.#random = random;
  }

  get size(): number {
    return this.#uploads.size;
  }

  /** @param payload Must not change before the promise settles. */
  add(update: UpdateMessage, payload: Uint8Array): Promise<UploadStatus> {
    const key = keyOf(update);
    if (this.#uploads.has(key))
      throw new Error(`the update for assignment ${update.assignment} is being uploaded already`);
    const total = update.sections.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total !== payload.length) {
      throw new RangeError(`the sections take ${total} bytes, the payload has ${payload.length}`);
    }
    return new Promise((resolve, reject) => {
      const upload: Upload = {
        update,
        payload,
        nonce: Math.floor(this.#random() * 2 ** 32),
        resolve,
        reject,
        transfer: undefined,
        attempts: 0,
        chunked: undefined,
      };
      this.#uploads.set(key, upload);
      this.#offer(upload, update.credit);
    });
  }

  connected(link: Link, welcome: Welcome): void {
    this.#link = link;
    this.#welcome = welcome;
    for (const upload of this.#uploads.values()) this.#offer(upload);
  }

  disconnected(): void {
    this.#link = undefined;
    for (const upload of this.#uploads.values()) upload.transfer = undefined;
  }

  acknowledged(message: Extract<Message, { type: 'acknowledge' }>): void {
    const key = keyOf(message);
    const upload = this.#uploads.get(key);
    if (upload === undefined) return;
    this.#uploads.delete(key);
    if (upload.transfer !== undefined) this.#link?.outbox.drop(upload.transfer);
    upload.resolve(message.status);
  }

  close(error: Error): void {
    this.#link = undefined;
    for (const upload of this.#uploads.values()) upload.reject(error);
    this.#uploads.clear();
  }

  /** @param credit Bytes that may follow at once; the room that an assignment keeps is for its first offer. */
  #offer(upload: Upload, credit = 0): void {
    if (this.#link === undefined || this.#welcome === undefined) return;
    const { update, payload } = upload;
    upload.chunked ??= new ChunkedBytes(payload, this.#welcome.chunkBytes, this.#hasher);
    const content: UpdateContent = {
      kind: 'update',
      run: this.#welcome.run,
      incarnation: update.incarnation,
      assignment: update.assignment,
      nonce: upload.nonce,
      credit,
      header: { ...update.header, sections: update.sections.map(({ name }) => name) },
      sections: update.sections,
    };
    upload.transfer = this.#link.outbox.offer(content, upload.chunked, 0, credit, (status, message) => {
      upload.transfer = undefined;
      // All bytes are there: the acknowledgement follows.
      if (status === 'ok') return;
      upload.attempts += 1;
      if (status === 'corrupt' && upload.attempts < MAX_ATTEMPTS) return this.#offer(upload);
      this.#uploads.delete(keyOf(update));
      const code = status === 'too-large' ? 'too-large' : status === 'corrupt' ? 'corrupt' : 'aborted';
      upload.reject(
        new TransferError(code, `the update for assignment ${update.assignment}: ${message || status}`),
      );
    });
  }
}

function keyOf({
  incarnation,
  assignment,
}: {
  readonly incarnation: number;
  readonly assignment: string;
}): string {
  return `${incarnation}\n${assignment}`;
}
