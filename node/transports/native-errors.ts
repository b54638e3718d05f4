import { status } from '@grpc/grpc-js';
import type { CloseReason } from '../../shared/protocol/channel.ts';
import { ChannelError } from '../../shared/protocol/errors.ts';

/**
 * The one place where the errors of Node, OpenSSL, gRPC and WebSocket become close reasons.
 */

/** What was being done, for the message. */
export interface Attempt {
  readonly doing: 'connect' | 'listen';
  /** HOST:PORT. */
  readonly address: string;
  readonly tls: boolean;
}

interface NativeError {
  readonly code?: string | number;
  readonly message?: string;
  readonly errors?: readonly unknown[];
}

/** Why a connection could not be opened, or a port not be listened on. */
export function openingError(cause: unknown, { doing, address, tls }: Attempt): ChannelError {
  if (cause instanceof ChannelError) return cause;
  const error = cause as NativeError;
  // Several addresses of one name were tried; the last is as good as any.
  const code = String(error.code ?? (error.errors?.at(-1) as NativeError | undefined)?.code ?? '');
  const make = (reason: CloseReason['code'], message: string): ChannelError =>
    new ChannelError({ code: reason, message }, { cause });

  if (doing === 'listen') {
    switch (code) {
      case 'EADDRINUSE':
        return make('in-use', `${address} is in use by another program: stop it, or listen on another port`);
      case 'EACCES':
        return make('address', `listening on ${address} is not permitted: take a port above 1023`);
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
      case 'EINVAL':
        return make('address', `${address} is no address of this machine: 0.0.0.0 listens on all of them`);
    }
    return make('address', `cannot listen on ${address}: ${error.message ?? code}`);
  }
  if (isNotTls(code)) {
    return make(
      'not-tls',
      `what answers at ${address} does not speak TLS: is it the right port, or a coordinator started with --insecure?`,
    );
  }
  switch (code) {
    case 'ECONNREFUSED':
      return make(
        'unreachable',
        `nothing listens at ${address}: is the coordinator running, and is the port right?`,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return make('unreachable', `the host of ${address} is not known: check its name and the network`);
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return make('unreachable', `${address} cannot be reached: check the network and its firewalls`);
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED': {
      const hint = tls
        ? ''
        : '; if the coordinator uses TLS, join with its fingerprint and without --insecure';
      return make('unreachable', `${address} closed the connection at once: try again${hint}`);
    }
  }
  if (isCertificate(code)) {
    return make(
      'certificate',
      `the certificate of ${address} is not trusted (${code}): pass the fingerprint that the coordinator printed`,
    );
  }
  return make('unreachable', `cannot connect to ${address}: ${error.message ?? code}`);
}

function isNotTls(code: string): boolean {
  return (
    code === 'EPROTO' ||
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' ||
    code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' ||
    code === 'ERR_SSL_UNSUPPORTED_PROTOCOL'
  );
}

/** Codes of a chain that does not verify, by OpenSSL and Node. */
function isCertificate(code: string): boolean {
  return (
    code.startsWith('CERT_') ||
    code.startsWith('ERR_TLS_CERT') ||
    /CERT|SIGNED|ISSUER|LEAF_SIGNATURE/.test(code)
  );
}

/** gRPC's status for a close reason; the reason comes back by `reasonOfStatus` on the other side. */
export function statusOf(code: CloseReason['code']): number {
  switch (code) {
    case 'ok':
    case 'local':
      return status.OK;
    case 'protocol':
      return status.INVALID_ARGUMENT;
    case 'too-large':
      return status.RESOURCE_EXHAUSTED;
    case 'refused':
      return status.PERMISSION_DENIED;
    case 'silent':
      return status.DEADLINE_EXCEEDED;
    default:
      return status.ABORTED;
  }
}

export function reasonOfStatus(code: number, details: string, remote: string): CloseReason {
  switch (code) {
    case status.OK:
      return { code: 'ok', message: details || `${remote} ended the connection` };
    case status.INVALID_ARGUMENT:
      return { code: 'protocol', message: details };
    case status.RESOURCE_EXHAUSTED:
      return { code: 'too-large', message: details };
    case status.PERMISSION_DENIED:
    case status.UNAUTHENTICATED:
      return { code: 'refused', message: details };
    case status.DEADLINE_EXCEEDED:
      return { code: 'silent', message: details };
    case status.UNIMPLEMENTED:
      return {
        code: 'protocol',
        message: `what answers at ${remote} is no coordinator of tributary: ${details}`,
      };
    default:
      return {
        code: 'lost',
        message: `the connection to ${remote} broke: ${details || `gRPC status ${code}`}`,
      };
  }
}

/** The close code of a WebSocket (RFC 6455, 7.4; those from 4000 on are ours) for a close reason. */
export function closeCodeOf(code: CloseReason['code']): number {
  switch (code) {
    case 'ok':
    case 'local':
      return 1000;
    case 'protocol':
      return 1002;
    case 'too-large':
      return 1009;
    case 'refused':
      return 1008;
    case 'silent':
      return 4000;
    default:
      return 4001;
  }
}

export function reasonOfCloseCode(code: number, details: string, remote: string): CloseReason {
  switch (code) {
    case 1000:
      return { code: 'ok', message: details || `${remote} ended the connection` };
    case 1002:
    case 1003:
    case 1007:
      return { code: 'protocol', message: details || `${remote} found a message that breaks the protocol` };
    case 1009:
      return { code: 'too-large', message: details || `${remote} found a message that is too large` };
    case 1008:
      return { code: 'refused', message: details || `${remote} refused the connection` };
    case 4000:
      return { code: 'silent', message: details };
    default:
      return { code: 'lost', message: `the connection to ${remote} broke${details ? `: ${details}` : ''}` };
  }
}
