import { nodeHasher } from '../../node/hasher.ts';
import { UPDATE_CODEC_NAMES } from '../../shared/parameters/codecs/table.ts';
import type { UpdateCodec } from '../../shared/parameters/codecs/update-codec.ts';
import type { Channel } from '../../shared/protocol/channel.ts';
import { ChunkedBytes } from '../../shared/protocol/chunked-bytes.ts';
import { systemClock } from '../../shared/protocol/clock.ts';
import { DEFAULT_LIMITS } from '../../shared/protocol/limits.ts';
import { Link, type SessionMessage } from '../../shared/protocol/link.ts';
import type { AssignmentMessage, Welcome } from '../../shared/protocol/messages.ts';
import { Payload } from '../../shared/protocol/payload.ts';
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts';
import { version } from '../../shared/version.ts';

export interface LeanMemberOptions {
  readonly token: string;
  readonly name: string;
  readonly codec: UpdateCodec;
  /** The update that answers every assignment, encoded; shared by all members. */
  readonly update: Uint8Array;
  readonly floats: number;
  /** Rows of its own. */
  readonly rows: number;
}

/** Weights that are counted, and not kept. */
class Unkept extends Payload {
  protected keep(): void {}
}

/**
 * A participant that takes no time, for a server's throughput: it takes the weights' bytes as they come, keeps nothing,
 * and answers with a prepared update. It speaks the whole protocol, over a connection that works; what a member's
 * session does beyond that (reconnecting, keeping what came) is not the server's cost.
 */
export class LeanMember {
  /** Settles when the coordinator has ended the run; rejects when the connection breaks before. */
  readonly finished: Promise<void>;
  readonly #link: Link;
  readonly #update: ChunkedBytes;
  #run = '';
  #awaited: AssignmentMessage | undefined;
  readonly #here = new Set<string>();

  constructor(
    channel: Channel,
    private readonly options: LeanMemberOptions,
  ) {
    let settle: { resolve: () => void; reject: (error: Error) => void };
    this.finished = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    let over = false;
    this.#update = new ChunkedBytes(options.update, DEFAULT_LIMITS.chunkBytes, nodeHasher);
    this.#link = new Link(channel, {
      clock: systemClock,
      limits: DEFAULT_LIMITS,
      message: (message) => {
        if (message.type === 'finished') {
          over = true;
          settle.resolve();
          this.#link.close({ code: 'ok', message: 'the run is over' });
        } else this.#heard(message);
      },
      violated: (error) => settle.reject(error),
      closed: ({ message }) => {
        if (!over) settle.reject(new Error(message));
      },
    });
    const { token, name } = options;
    const capabilities = {
      engine: 'fake',
      provider: 'none',
      threads: 1,
      codecs: UPDATE_CODEC_NAMES,
      ownData: true,
      dataHash: '',
    };
    this.#link.send({
      type: 'hello',
      ...{ token, name, version, capabilities },
      protocol: PROTOCOL_VERSION,
      resumeToken: '',
      window: DEFAULT_LIMITS.windowBytes,
      checksums: this.#link.needsChecksums,
    });
  }

  #heard(message: SessionMessage): void {
    switch (message.type) {
      case 'welcome':
        return this.#welcomed(message);
      case 'offer':
        if (message.content.kind === 'blob') this.#take(message.transfer, message.size, message.content);
        return;
      case 'assign':
        this.#awaited = message;
        return this.#answer();
      case 'refuse':
        throw new Error(`the coordinator refused a member: ${message.message}`);
      default:
    }
  }

  #welcomed({ run, heartbeatMs, checksums }: Welcome): void {
    this.#run = run;
    this.#link.outbox.peerNeedsChecksums(checksums);
    this.#link.watch(heartbeatMs, () => this.#link.send({ type: 'heartbeat', sent: Date.now() }));
    this.#link.send({ type: 'ready', examples: this.options.rows, heldOut: 0, assignments: [] });
  }

  #take(
    transfer: number,
    size: number,
    { id, offset }: { readonly id: string; readonly offset: number | undefined },
  ): void {
    const receiver = {
      complete: () => {
        this.#link.inbox.finish(transfer, 'ok');
        this.#here.add(id);
        this.#answer();
      },
      failed: (_: string, message: string) => {
        throw new Error(`the weights did not come: ${message}`);
      },
    };
    this.#link.inbox.accept(transfer, new Unkept(size, nodeHasher), receiver, offset);
  }

  /** Once the assignment and its weights are there, whichever comes first. */
  #answer(): void {
    const assignment = this.#awaited;
    if (!assignment || !this.#here.delete(assignment.weights)) return;
    this.#awaited = undefined;
    const { codec, floats, update, rows } = this.options;
    this.#link.outbox.offer(
      {
        kind: 'update',
        run: this.#run,
        incarnation: assignment.incarnation,
        assignment: assignment.id,
        nonce: 1,
        credit: assignment.uploadCredit,
        header: {
          examples: rows,
          sums: { loss: rows, denominator: rows, correct: 0 },
          steps: 1,
          computeMs: 0,
          sections: ['parameters'],
        },
        sections: [{ name: 'parameters', codec, floats, bytes: update.length }],
      },
      this.#update,
      0,
      assignment.uploadCredit,
      (status, message) => {
        if (status !== 'ok') throw new Error(`an update did not arrive: ${status} ${message}`);
      },
    );
  }
}
