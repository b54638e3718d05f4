import { join } from 'node:path';
import { joinPage } from '../node/pages/join-page.ts';
import { loadOrCreateCertificate, readCertificate } from '../node/tls.ts';
import { listenGrpc } from '../node/transports/grpc-server.ts';
import { listenWebSocket } from '../node/transports/websocket-server.ts';
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

/**
 * Opens the coordinator's doors: TLS by default, with a certificate of the run's own that outlives restarts.
 *
 * @throws ChannelError when an address cannot be listened on
 */
export async function serve(
  coordinator: Coordinator,
  runDirectory: string,
  options: ListenOptions,
): Promise<Addresses> {
  const hosts = [hostOf(options.grpc), ...(options.websocket ? [hostOf(options.websocket)] : [])];
  const { insecure, certificate } = options;
  const tls = insecure
    ? undefined
    : certificate
      ? await readCertificate(certificate.cert, certificate.key)
      : await loadOrCreateCertificate(join(runDirectory, 'tls'), hosts);
  const onChannel = coordinator.accept.bind(coordinator);
  const common = { tls, insecure, onChannel };
  const grpc = await listenGrpc({ address: options.grpc, ...common });
  coordinator.attach(grpc);
  let websocket: string | undefined;
  if (options.websocket) {
    const listener = await listenWebSocket({ address: options.websocket, ...common, pages: joinPage() });
    coordinator.attach(listener);
    websocket = listener.address;
  }
  return { grpc: grpc.address, websocket, fingerprint: tls?.fingerprint };
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}
