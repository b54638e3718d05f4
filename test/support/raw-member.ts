import { dialGrpc } from '../../node/transports/grpc-client.ts';
import { dialWebSocket } from '../../node/transports/websocket-client.ts';
import type { Channel, CloseReason } from '../../shared/protocol/channel.ts';
import { tributary } from '../../shared/protocol/gen/wire.js';
import { PROTOCOL_VERSION } from '../../shared/protocol/version.ts';
import type { JoinCommand } from './processes.ts';

type Envelope = tributary.v1.Envelope;
export type Fields = tributary.v1.Envelope.$Properties;

export function encoded(fields: Fields): Uint8Array {
  return tributary.v1.Envelope.encode(fields).finish();
}

/** A Hello as a member with a fake engine says it. */
export function hello(join: JoinCommand, changes: Readonly<Record<string, unknown>> = {}): Fields {
  return {
    hello: {
      protocol: PROTOCOL_VERSION,
      token: join.token,
      name: 'raw',
      version: '0.0.0',
      window: 1 << 20,
      capabilities: { engine: 'none', provider: 'none', threads: 1, codecs: [1, 2] },
      ...changes,
    },
  };
}

export type Transport = 'gRPC' | 'WebSocket';

export function dial({ address, fingerprint }: JoinCommand, transport: Transport): Promise<Channel> {
  const open = transport === 'gRPC' ? dialGrpc : dialWebSocket;
  return open(fingerprint === undefined ? { address, insecure: true } : { address, fingerprint });
}

/** A connection on which a test says what it likes. */
export class RawMember {
  readonly heard: Envelope[] = [];
  readonly closed: Promise<CloseReason>;
  isClosed = false;
  private wake = (): void => undefined;

  private constructor(private readonly channel: Channel) {
    channel.onMessage((bytes) => {
      this.heard.push(tributary.v1.Envelope.decode(new Uint8Array(bytes)));
      this.wake();
    });
    this.closed = new Promise((resolve) => {
      channel.onClose((reason) => {
        this.isClosed = true;
        this.wake();
        resolve(reason);
      });
    });
  }

  static async dial(join: JoinCommand, transport: Transport = 'gRPC'): Promise<RawMember> {
    return new RawMember(await dial(join, transport));
  }

  /** Resolves once it has heard such a message, is closed, or the time is over: then with undefined. */
  async hears(kind: keyof Fields, withinMs = 240_000): Promise<Envelope | undefined> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const found = this.heard.find((envelope) => envelope[kind]);
      const left = deadline - Date.now();
      if (found || this.isClosed || left <= 0) return found;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  send(bytes: Uint8Array): void {
    this.channel.send(bytes);
  }

  say(fields: Fields): void {
    this.channel.send(encoded(fields));
  }

  drained(): Promise<void> {
    return this.channel.drained();
  }

  close(): void {
    this.channel.close();
  }
}
