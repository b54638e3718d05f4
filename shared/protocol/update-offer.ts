import type { Pieces } from '../parameters/pieces.ts';
import { ChannelError, TransferError } from './errors.ts';
import type { Hasher } from './hasher.ts';
import type { Receiver } from './inbox.ts';
import type { Link } from './link.ts';
import type { UpdateContent, UploadId, UploadStatus } from './messages.ts';
import { noReply, type UploadEntry, type UploadStore } from './uploads.ts';

/**
 * An update that a member wants to hand in. Nothing of its payload comes before `accept`: credit holds it back. Say
 * what becomes of it with `acknowledge` in every case; one that is not wanted needs no `accept` before.
 */
export class UpdateOffer {
  readonly member: string;
  readonly id: UploadId;
  readonly header: UpdateContent['header'];
  readonly sections: UpdateContent['sections'];
  /** Bytes of the payload. */
  readonly size: number;
  readonly #link: Link;
  readonly #transfer: number;
  readonly #entry: UploadEntry;
  readonly #store: UploadStore;
  readonly #hasher: Hasher;
  readonly #over: () => void;
  /** Its chunks are right behind, from the start. */
  #follows: boolean;
  #accepted: Promise<Pieces> | undefined;
  #reject: ((error: Error) => void) | undefined;
  /** All of it is here, for whoever accepted it. */
  #payload: Pieces | undefined;

  constructor(
    member: string,
    content: UpdateContent,
    options: {
      readonly link: Link;
      readonly transfer: number;
      readonly entry: UploadEntry;
      readonly store: UploadStore;
      readonly hasher: Hasher;
      /** Called when nothing more of it can come over this connection. */
      readonly over: () => void;
    },
  ) {
    const { run, incarnation, assignment } = content;
    this.member = member;
    this.id = { run, incarnation, assignment };
    this.header = content.header;
    this.sections = content.sections;
    this.#link = options.link;
    this.#transfer = options.transfer;
    this.#entry = options.entry;
    this.#store = options.store;
    this.#hasher = options.hasher;
    this.#over = options.over;
    this.size = this.#entry.size;
    this.#follows = content.credit > 0;
  }

  /**
   * Lets the payload come, from the byte at which it broke off before.
   *
   * @returns The payload: the sections' bytes one behind the other. It is the caller's until `acknowledge`, after which
   *   other messages may be written where it lay.
   * @throws ChannelError when the connection ends before: the member will offer it again
   * @throws TransferError `corrupt` when the bytes do not match their checksum: the member will offer it again
   */
  accept(): Promise<Pieces> {
    this.#accepted ??= new Promise((resolve, reject) => {
      this.#reject = reject;
      if (this.#link.closed) {
        reject(new ChannelError({ code: 'lost', message: `member ${this.member} has gone` }));
        return;
      }
      const payload = this.#store.payload(this.#entry, this.#hasher);
      const receiver: Receiver = {
        complete: () => {
          this.#entry.state = { kind: 'complete' };
          this.#entry.detach = undefined;
          this.#link.inbox.finish(this.#transfer, 'ok');
          this.#reject = undefined;
          this.#payload = payload.pieces;
          resolve(payload.pieces);
        },
        failed: (_status, message) => this.#failed(message),
      };
      this.#link.inbox.accept(this.#transfer, payload, receiver, this.#follows ? 0 : undefined);
    });
    return this.#accepted;
  }

  /** The chunks that follow by themselves come from now on: unless it was accepted, they are skipped. */
  passedOn(): void {
    this.#follows = false;
  }

  /** Same as `acknowledge`, for an update that must not count. */
  refuse(reason: Exclude<UploadStatus, 'received'>, message = ''): void {
    this.acknowledge(reason, message);
  }

  /** Says what becomes of it: on this connection, or the one on which the member has come back since. */
  acknowledge(status: UploadStatus, message = ''): void {
    this.#link.inbox.drop(this.#transfer);
    if (this.#payload) this.#link.release(this.#payload);
    this.#payload = undefined;
    const { reply } = this.#entry;
    this.#entry.state = { kind: 'acknowledged', status, message };
    this.#entry.detach = undefined;
    // The entry outlives this offer by thousands of others: it must not keep the connection, or the payload, alive.
    this.#entry.reply = noReply;
    reply(status, message);
    this.#reject?.(
      new TransferError('aborted', `the update for ${this.id.assignment} was acknowledged: ${status}`),
    );
  }

  /** The connection has ended, or the upload goes on over another one. */
  abandon(message: string): void {
    this.#link.inbox.drop(this.#transfer);
    if (this.#entry.state.kind === 'partial') this.#entry.detach = undefined;
    this.#over();
    this.#reject?.(new ChannelError({ code: 'lost', message }));
  }

  #failed(message: string): void {
    this.#store.restart(this.#entry);
    this.#entry.detach = undefined;
    this.#over();
    this.#reject?.(new TransferError('corrupt', message));
  }
}
