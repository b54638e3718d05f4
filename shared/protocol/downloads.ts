import { isContentId } from './blob-id.ts';
import { TransferError } from './errors.ts';
import type { Hasher } from './hasher.ts';
import type { Limits } from './limits.ts';
import type { Link } from './link.ts';
import type { BlobContent } from './messages.ts';
import { ContiguousPayload } from './payload.ts';

/** Times that a blob whose id does not match is fetched again. */
const MAX_ATTEMPTS = 3;

/** Blobs that came unasked and that nobody has fetched yet; the oldest beyond it are dropped. */
const MAX_PUSHED = 8;

interface Waiter {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

interface Download {
  readonly id: string;
  payload: ContiguousPayload | undefined;
  /** Whether its id was found to be right. */
  verified: boolean;
  /** The transfer on this connection. */
  transfer: number | undefined;
  /** Asked for on this connection. */
  asked: boolean;
  attempts: number;
  /** Who fetches it; nobody for one that was pushed. */
  readonly waiters: Waiter[];
  /** Bytes that whoever fetches it takes, where that is known. */
  most?: number | undefined;
}

/** A member's downloads, by content or version. They outlive connections: the next one goes on where the last one ended. */
export class Downloads {
  readonly #downloads = new Map<string, Download>();
  readonly #hasher: Hasher;
  readonly #limits: Limits;
  #link: Link | undefined;
  #vectorBytes: number;

  constructor(hasher: Hasher, limits: Limits) {
    this.#hasher = hasher;
    this.#limits = limits;
    this.#vectorBytes = limits.transferBytes;
  }

  /** Bytes that a version of the weights, or a step to one, takes at most: known once the model is. */
  expectVectors(bytes: number): void {
    this.#vectorBytes = Math.min(bytes, this.#limits.transferBytes);
  }

  /**
   * Resolves with the blob of this id (`blob-id.ts`); it is the caller's. Fetched at the same time twice, it is shared.
   *
   * @param most bytes that it may have; what is announced with more fails before memory is taken for it
   */
  fetch(id: string, most?: number): Promise<Uint8Array> {
    const download = this.#get(id);
    download.most = most;
    if (download.verified && download.payload) {
      this.#downloads.delete(id);
      return Promise.resolve(download.payload.bytes);
    }
    const result = new Promise<Uint8Array>((resolve, reject) => download.waiters.push({ resolve, reject }));
    this.#ask();
    return result;
  }

  /** A connection is open: what is wanted is asked for over it. */
  connected(link: Link): void {
    this.#link = link;
    this.#ask();
  }

  disconnected(): void {
    this.#link = undefined;
    for (const download of this.#downloads.values()) {
      download.transfer = undefined;
      download.asked = false;
    }
  }

  offered(transfer: number, size: number, content: BlobContent): void {
    const link = this.#link;
    if (link === undefined) return;
    const most =
      this.#downloads.get(content.id)?.most ??
      (isContentId(content.id) ? this.#limits.transferBytes : this.#vectorBytes);
    // Before memory is taken for it.
    if (size > most) {
      const message = `a blob of ${size} bytes is above the limit of ${most}`;
      link.inbox.finish(transfer, 'too-large', message);
      this.#fail(content.id, new TransferError('too-large', message));
      return;
    }
    const known = this.#downloads.get(content.id);
    const crowded = link.inbox.open >= this.#limits.transfers && !known?.waiters.length;
    if (known?.verified || known?.transfer !== undefined || crowded) {
      link.inbox.finish(transfer, 'unwanted');
      return;
    }
    const download = known ?? this.#get(content.id);
    if (download.payload?.size !== size)
      download.payload = new ContiguousPayload(size, this.#hasher, isContentId(content.id));
    download.transfer = transfer;
    const receiver = {
      complete: () => void this.#verify(download, transfer, link),
      failed: (status: 'corrupt' | 'aborted', message: string) => {
        download.transfer = undefined;
        this.#retry(download, new TransferError(status, `blob ${content.id}: ${message}`));
      },
    };
    link.inbox.accept(transfer, download.payload, receiver, content.offset);
    this.#evict();
  }

  unavailable(id: string, message: string): void {
    this.#fail(id, new TransferError('unavailable', `blob ${id}: ${message}`));
  }

  /** Nothing will come any more. */
  close(error: Error): void {
    this.#link = undefined;
    for (const id of [...this.#downloads.keys()]) this.#fail(id, error);
  }

  async #verify(download: Download, transfer: number, link: Link): Promise<void> {
    const { id, payload } = download;
    if (payload === undefined) return;
    // Without a turn of the event loop where nothing has to be waited for.
    const computed = isContentId(id) ? payload.sha256() : id;
    const actual = typeof computed === 'string' ? computed : await computed;
    if (download.payload !== payload) return;
    if (download.transfer === transfer) download.transfer = undefined;
    if (actual !== id) {
      download.payload = undefined;
      link.inbox.finish(transfer, 'corrupt', `its SHA-256 is ${actual}`);
      this.#retry(download, new TransferError('corrupt', `blob ${id} came with the SHA-256 ${actual}`));
      return;
    }
    link.inbox.finish(transfer, 'ok');
    download.verified = true;
    if (download.waiters.length === 0) return;
    this.#downloads.delete(id);
    for (const waiter of download.waiters) waiter.resolve(payload.bytes);
    this.#ask();
  }

  #retry(download: Download, error: TransferError): void {
    download.asked = false;
    download.attempts += 1;
    if (download.attempts >= MAX_ATTEMPTS || download.waiters.length === 0) this.#fail(download.id, error);
    else this.#ask();
  }

  #fail(id: string, error: Error): void {
    const download = this.#downloads.get(id);
    this.#downloads.delete(id);
    for (const waiter of download?.waiters ?? []) waiter.reject(error);
    this.#ask();
  }

  /** Asks for what is wanted, a few at a time. */
  #ask(): void {
    if (this.#link === undefined) return;
    let asked = 0;
    for (const download of this.#downloads.values()) if (download.asked && !download.verified) asked += 1;
    for (const download of this.#downloads.values()) {
      if (asked >= this.#limits.transfers / 2) return;
      if (download.waiters.length === 0 || download.asked || download.transfer !== undefined) continue;
      download.asked = true;
      asked += 1;
      this.#link.send({ type: 'want', id: download.id, offset: download.payload?.received ?? 0 });
    }
  }

  #evict(): void {
    const pushed = [...this.#downloads.values()].filter(({ waiters }) => waiters.length === 0);
    for (const { id, transfer } of pushed.slice(0, Math.max(0, pushed.length - MAX_PUSHED))) {
      if (transfer !== undefined) this.#link?.inbox.finish(transfer, 'unwanted');
      this.#downloads.delete(id);
    }
  }

  #get(id: string): Download {
    let download = this.#downloads.get(id);
    if (download === undefined) {
      download = {
        id,
        payload: undefined,
        verified: false,
        transfer: undefined,
        asked: false,
        attempts: 0,
        waiters: [],
      };
      this.#downloads.set(id, download);
    }
    return download;
  }
}
