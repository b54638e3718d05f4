import { readAssign } from './decode-assign.ts';
import { readOffer } from './decode-offer.ts';
import { ProtocolError } from './errors.ts';
import { tributary } from './gen/wire.js';
import type { Limits } from './limits.ts';
import type { Hello, Message } from './messages.ts';
import { FieldReader } from './validate.ts';
import { PROTOCOL_VERSION } from './version.ts';
import {
  CODECS,
  DENSE_CODECS,
  DONE_STATUSES,
  FINISHED_REASONS,
  FLOAT16,
  REFUSALS,
  UPLOAD_STATUSES,
} from './words.ts';

/** Rows that a member may say it has. */
const MOST_ROWS = 2 ** 31 - 1;

type Wire = typeof tributary.v1;
type Envelope = InstanceType<Wire['Envelope']>;

/** A Hello of another protocol version: nothing else in it is trusted. */
export interface ForeignHello {
  readonly type: 'foreign-hello';
  readonly protocol: number;
}

/** A validated message; undefined for an envelope that this version does not know, which is to be skipped. */
export type Decoded = Message | ForeignHello | undefined;

/** Reads one envelope of a peer that is not trusted. */
export class Decoder {
  readonly #limits: Limits;
  readonly #read: FieldReader;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#read = new FieldReader(limits);
  }

  /**
   * A chunk's data is a view of `bytes`.
   *
   * @throws ProtocolError when the bytes are no envelope, or a field is not what it must be
   */
  decode(bytes: Uint8Array): Decoded {
    if (bytes.length > this.#limits.envelopeBytes) {
      throw new ProtocolError(
        `a message has ${bytes.length} bytes, ${this.#limits.envelopeBytes} are allowed`,
      );
    }
    let envelope: Envelope;
    try {
      envelope = tributary.v1.Envelope.decode(bytes);
    } catch (cause) {
      throw new ProtocolError(`a message of ${bytes.length} bytes is no envelope: ${String(cause)}`, {
        cause,
      });
    }
    return this.#message(envelope);
  }

  #message(envelope: Envelope): Decoded {
    const read = this.#read;
    if (envelope.chunk) return this.#chunk(envelope.chunk);
    if (envelope.hello) return this.#hello(envelope.hello);
    if (envelope.welcome) return this.#welcome(envelope.welcome);
    if (envelope.refuse) {
      const { code, message, protocol } = envelope.refuse;
      return {
        type: 'refuse',
        code: read.word(code, REFUSALS, 'refuse.code'),
        message: read.text(message, 'refuse.message'),
        protocol: read.count(protocol, 'refuse.protocol'),
      };
    }
    if (envelope.assign) return { type: 'assign', ...readAssign(envelope.assign, read) };
    if (envelope.cancel) {
      const { assignment, reason } = envelope.cancel;
      return {
        type: 'cancel',
        assignment: read.id(assignment, 'cancel.assignment'),
        reason: read.text(reason, 'cancel.reason'),
      };
    }
    if (envelope.failed) {
      const { assignment, incarnation, reason } = envelope.failed;
      return {
        type: 'failed',
        assignment: read.id(assignment, 'failed.assignment'),
        incarnation: read.count(incarnation, 'failed.incarnation'),
        reason: read.text(reason, 'failed.reason'),
      };
    }
    if (envelope.committed) {
      return { type: 'committed', version: read.count(envelope.committed.version, 'committed.version') };
    }
    if (envelope.finished) {
      const { reason, message, weights, codec } = envelope.finished;
      return {
        type: 'finished',
        reason: read.word(reason, FINISHED_REASONS, 'finished.reason'),
        message: read.text(message, 'finished.message'),
        ...(weights && {
          weights: {
            id: read.blobId(weights, 'finished.weights'),
            codec: read.word(codec, DENSE_CODECS, 'finished.codec'),
          },
        }),
      };
    }
    if (envelope.leaving) {
      return { type: 'leaving', reason: read.text(envelope.leaving.reason, 'leaving.reason') };
    }
    if (envelope.ready) {
      return {
        type: 'ready',
        examples: read.count(envelope.ready.examples, 'ready.examples', MOST_ROWS),
        heldOut: read.count(envelope.ready.heldOut, 'ready.held_out', MOST_ROWS),
        assignments: read.list(envelope.ready.assignments, 'ready.assignments', (id, field) =>
          read.id(id, field),
        ),
      };
    }
    if (envelope.heartbeat) {
      return { type: 'heartbeat', sent: read.finite(envelope.heartbeat.sent, 'heartbeat.sent') };
    }
    if (envelope.heartbeatAck) {
      const { sent, now } = envelope.heartbeatAck;
      return {
        type: 'heartbeat-ack',
        sent: read.finite(sent, 'heartbeat_ack.sent'),
        now: read.finite(now, 'heartbeat_ack.now'),
      };
    }
    return this.#transfer(envelope);
  }

  #transfer(envelope: Envelope): Decoded {
    const read = this.#read;
    const { transferBytes } = this.#limits;
    if (envelope.want) {
      return {
        type: 'want',
        id: read.blobId(envelope.want.id, 'want.id'),
        offset: read.count(envelope.want.offset, 'want.offset', transferBytes),
      };
    }
    if (envelope.unavailable) {
      return {
        type: 'unavailable',
        id: read.blobId(envelope.unavailable.id, 'unavailable.id'),
        message: read.text(envelope.unavailable.message, 'unavailable.message'),
      };
    }
    if (envelope.offer) return readOffer(envelope.offer, read);
    if (envelope.accept) {
      const { transfer, offset, limit } = envelope.accept;
      return {
        type: 'accept',
        transfer: read.count(transfer, 'accept.transfer'),
        offset: read.count(offset, 'accept.offset'),
        limit: read.count(limit, 'accept.limit'),
      };
    }
    if (envelope.credit) {
      return {
        type: 'credit',
        transfer: read.count(envelope.credit.transfer, 'credit.transfer'),
        limit: read.count(envelope.credit.limit, 'credit.limit'),
      };
    }
    if (envelope.done) {
      const { transfer, status, message } = envelope.done;
      return {
        type: 'done',
        transfer: read.count(transfer, 'done.transfer'),
        status: read.word(status, DONE_STATUSES, 'done.status'),
        message: read.text(message, 'done.message'),
      };
    }
    if (envelope.abort) {
      return {
        type: 'abort',
        transfer: read.count(envelope.abort.transfer, 'abort.transfer'),
        message: read.text(envelope.abort.message, 'abort.message'),
      };
    }
    if (envelope.acknowledge) {
      const { run, incarnation, assignment, status, message } = envelope.acknowledge;
      return {
        type: 'acknowledge',
        run: read.id(run, 'acknowledge.run'),
        incarnation: read.count(incarnation, 'acknowledge.incarnation'),
        assignment: read.id(assignment, 'acknowledge.assignment'),
        status: read.word(status, UPLOAD_STATUSES, 'acknowledge.status'),
        message: read.text(message, 'acknowledge.message'),
      };
    }
    return undefined;
  }

  #chunk(chunk: tributary.v1.Chunk.$Properties): Message {
    const data = chunk.data ?? new Uint8Array(0);
    if (data.length === 0 || data.length > this.#limits.chunkBytes) {
      throw new ProtocolError(
        `a chunk has ${data.length} bytes, between 1 and ${this.#limits.chunkBytes} are allowed`,
      );
    }
    return {
      type: 'chunk',
      transfer: this.#read.count(chunk.transfer, 'chunk.transfer'),
      offset: this.#read.count(chunk.offset, 'chunk.offset'),
      crc32: chunk.crc32 ?? undefined,
      data,
    };
  }

  #hello(hello: tributary.v1.Hello.$Properties): ({ type: 'hello' } & Hello) | ForeignHello {
    const read = this.#read;
    const protocol = read.count(hello.protocol, 'hello.protocol');
    if (protocol !== PROTOCOL_VERSION) return { type: 'foreign-hello', protocol };
    const capabilities = hello.capabilities ?? {};
    // One of a later version is no fault either.
    const float16 = FLOAT16[(capabilities.float16 ?? 0) - 1];
    return {
      type: 'hello',
      protocol,
      token: read.optionalId(hello.token, 'hello.token'),
      name: read.name(hello.name, 'hello.name'),
      resumeToken: read.optionalId(hello.resumeToken, 'hello.resume_token'),
      version: read.optionalId(hello.version, 'hello.version'),
      capabilities: {
        engine: read.name(capabilities.engine, 'hello.capabilities.engine'),
        provider: read.name(capabilities.provider, 'hello.capabilities.provider'),
        threads: read.count(capabilities.threads, 'hello.capabilities.threads', 65_536),
        // Codecs of a later version are no fault: they are never chosen.
        codecs: read
          .list(capabilities.codecs, 'hello.capabilities.codecs', (codec) => CODECS[codec - 1])
          .filter((codec) => codec !== undefined),
        ownData: capabilities.ownData ?? false,
        dataHash: read.optionalId(capabilities.dataHash, 'hello.capabilities.data_hash'),
        ...(capabilities.deltas && { deltas: true }),
        ...(float16 && { float16 }),
      },
      window: read.count(hello.window, 'hello.window'),
      checksums: hello.checksums ?? false,
      ...(hello.holds && { holds: read.blobId(hello.holds, 'hello.holds') }),
    };
  }

  #welcome(welcome: tributary.v1.Welcome.$Properties): Message {
    const read = this.#read;
    return {
      type: 'welcome',
      protocol: read.count(welcome.protocol, 'welcome.protocol'),
      run: read.id(welcome.run, 'welcome.run'),
      runName: read.name(welcome.runName, 'welcome.run_name'),
      incarnation: read.count(welcome.incarnation, 'welcome.incarnation'),
      member: read.id(welcome.member, 'welcome.member'),
      resumeToken: read.optionalId(welcome.resumeToken, 'welcome.resume_token'),
      heartbeatMs: read.positive(welcome.heartbeatMs, 'welcome.heartbeat_ms', 3_600_000),
      chunkBytes: read.positive(welcome.chunkBytes, 'welcome.chunk_bytes'),
      blobs: read.map(welcome.blobs, 'welcome.blobs', (hash, field) => read.hash(hash, field)),
      now: read.finite(welcome.now, 'welcome.now'),
      checksums: welcome.checksums ?? false,
    };
  }
}
