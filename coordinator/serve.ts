import { join } from 'node:path';
import { joinPage } from '../node/pages/join-page.ts';
import { loadOrCreateCertificate, readCertificate } from '../node/tls.ts';
import { listenGrpc } from '../node/transports/grpc-server.ts';
import { listenWebSocket } from '../node/transports/websocket-server.ts';
import type { Channel, Listener } from '../shared/protocol/channel.ts';
import type { Coordinator } from './coordinator.ts';

export interface ListenOptions {
  /** HOST:PORT for gRPC; port 0 takes a free one. */
  readonly grpc: string;
  /** HOST:PORT for WebSocket; undefined: none. */
  readonly websocket?: string;
  /** Plaintext. Beyond loopback it must be asked for by name. */
  readonly insecure?: boolean;
  /** Files (PEM) of a certificate and its key, instead of a self-signed one. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

export interface Addresses {
  readonly grpc: string;
  readonly websocket: string | undefined;
  /** SHA-256 of the certificate; undefined for plaintext. */
  readonly fingerprint: string | undefined;
}

/** Where members come in. Who receives them may change: a survey first, then the coordinator. */
export class Doors {
  private receiver: ((channel: Channel) => void) | undefined;
  private readonly waiting: Channel[] = [];
  private readonly listeners: Listener[] = [];
  private open: Addresses | undefined;

  private constructor() {}

  /**
   * TLS by default, with a certificate of the run's own that outlives restarts.
   *
   * @throws ChannelError when an address cannot be listened on
   */
  static async open(runDirectory: string, options: ListenOptions): Promise<Doors> {
    const doors = new Doors();
    const hosts = [hostOf(options.grpc), ...(options.websocket ? [hostOf(options.websocket)] : [])];
    const { insecure, certificate } = options;
    const tls = insecure
      ? undefined
      : certificate
        ? await readCertificate(certificate.cert, certificate.key)
        : await loadOrCreateCertificate(join(runDirectory, 'tls'), hosts);
    const onChannel = (channel: Channel): void => doors.receive(channel);
    const common = { tls, insecure, onChannel };
    try {
      const grpc = await listenGrpc({ address: options.grpc, ...common });
      doors.listeners.push(grpc);
      const websocket = options.websocket
        ? await listenWebSocket({ address: options.websocket, ...common, pages: joinPage() })
        : undefined;
      if (websocket) doors.listeners.push(websocket);
      doors.open = {
        grpc: grpc.address,
        websocket: websocket?.address,
        fingerprint: tls?.fingerprint,
      };
    } catch (error) {
      await doors.close();
      throw error;
    }
    return doors;
  }

  get addresses(): Addresses {
    return this.open!;
  }

  /** From now on members go to this receiver; those that came while there was none go there first. Undefined: they wait. */
  leadTo(receiver: ((channel: Channel) => void) | undefined): void {
    this.receiver = receiver;
    if (receiver) for (const channel of this.waiting.splice(0)) receiver(channel);
  }

  async close(): Promise<void> {
    for (const channel of this.waiting.splice(0)) channel.close();
    await Promise.all(this.listeners.map((listener) => listener.close()));
  }

  private receive(channel: Channel): void {
    if (this.receiver) this.receiver(channel);
    else this.waiting.push(channel);
  }
}

/**
 * Opens the doors of a coordinator, which closes them when it ends.
 *
 * @throws ChannelError when an address cannot be listened on
 */
export async function serve(
  coordinator: Coordinator,
  runDirectory: string,
  options: ListenOptions,
): Promise<Addresses> {
  const doors = await Doors.open(runDirectory, options);
  doors.leadTo((channel) => coordinator.accept(channel));
  coordinator.attach({ address: doors.addresses.grpc, close: () => doors.close() });
  return doors.addresses;
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}
