import type { Hasher } from './hasher.ts';
import type { UpdateContent, UploadId, UploadStatus } from './messages.ts';
import { PiecewisePayload } from './payload.ts';

/** An upload as the coordinator knows it, across the connections on which it comes. */
export interface UploadEntry {
  readonly key: string;
  /** Of the payload; another one under the same id starts anew. */
  readonly nonce: number;
  readonly size: number;
  /**
   * - `partial`: bytes are missing; `payload` holds what came.
   * - `complete`: handed to the coordinator, which has not said yet what becomes of it.
   * - `acknowledged`: it has; a repetition gets the same answer.
   */
  state:
    | { readonly kind: 'partial'; payload: PiecewisePayload | undefined }
    | { readonly kind: 'complete' }
    | { readonly kind: 'acknowledged'; readonly status: UploadStatus; readonly message: string };
  /** Tells the connection on which the upload came last. */
  reply: (status: UploadStatus, message: string) => void;
  /** Takes the upload away from the connection on which it is coming; undefined when none does. */
  detach: (() => void) | undefined;
}

/**
 * The uploads of a run, shared by all its server sessions: so one that broke off goes on where it was, and one that
 * came twice is answered, not counted, twice. Bounded in entries and in bytes of what broke off.
 */
export class UploadStore {
  readonly #entries = new Map<string, UploadEntry>();
  readonly #limit: { readonly entries: number; readonly partialBytes: number };

  constructor(limit: { readonly entries?: number; readonly partialBytes?: number } = {}) {
    this.#limit = { entries: limit.entries ?? 4096, partialBytes: limit.partialBytes ?? 2 ** 30 };
  }

  /** The entry of an upload by this member, made when it is new or has other bytes than before. */
  open(member: string, content: UpdateContent, size: number): UploadEntry {
    const key = keyOf(member, content);
    const known = this.#entries.get(key);
    const same = known !== undefined && known.nonce === content.nonce && known.size === size;
    if (known !== undefined && (same || known.state.kind !== 'partial')) return known;
    known?.detach?.();
    const entry: UploadEntry = {
      key,
      nonce: content.nonce,
      size,
      state: { kind: 'partial', payload: undefined },
      reply: noReply,
      detach: undefined,
    };
    this.#entries.set(key, entry);
    this.#dropOldest(0);
    return entry;
  }

  /** What came of a partial upload. */
  payload(entry: UploadEntry, hasher: Hasher): PiecewisePayload {
    if (entry.state.kind !== 'partial') throw new Error(`upload ${entry.key} is ${entry.state.kind}`);
    entry.state.payload ??= new PiecewisePayload(entry.size, hasher);
    return entry.state.payload;
  }

  /** Forgets the bytes of a damaged upload. */
  restart(entry: UploadEntry): void {
    entry.state = { kind: 'partial', payload: undefined };
  }

  /** Call when a connection with partial uploads has ended: only then is there more that broke off. */
  trim(): void {
    let bytes = 0;
    for (const entry of this.#entries.values()) bytes += idleBytes(entry);
    this.#dropOldest(bytes);
  }

  /** Forgets a member's uploads that broke off, when it will not come back. */
  forget(member: string): void {
    for (const [key, entry] of this.#entries) {
      if (key.startsWith(`${member}\n`) && entry.state.kind === 'partial' && entry.detach === undefined) {
        this.#entries.delete(key);
      }
    }
  }

  /** @param idle bytes of what broke off */
  #dropOldest(idle: number): void {
    let excess = this.#entries.size - this.#limit.entries;
    let bytes = idle;
    // Maps iterate in order of insertion: the oldest go first. What is under way stays.
    for (const [key, entry] of this.#entries) {
      if (excess <= 0 && bytes <= this.#limit.partialBytes) return;
      if (entry.detach !== undefined || entry.state.kind === 'complete') continue;
      if (excess <= 0 && idleBytes(entry) === 0) continue;
      this.#entries.delete(key);
      bytes -= idleBytes(entry);
      excess -= 1;
    }
  }
}

/** Nobody is to be told. Without a scope of its own, so that it keeps nothing alive. */
export function noReply(): void {}

function idleBytes(entry: UploadEntry): number {
  if (entry.state.kind !== 'partial' || entry.detach !== undefined) return 0;
  return entry.state.payload?.received ?? 0;
}

function keyOf(member: string, { run, incarnation, assignment }: UploadId): string {
  return [member, run, incarnation, assignment].join('\n');
}
