import { hostname, networkInterfaces } from 'node:os';
import { formatAddress, parseAddress } from '../node/transports/address.ts';

/** Addresses that listen on every interface: nobody can dial them from elsewhere. */
const ANY = new Set(['0.0.0.0', '::']);

/**
 * The address to type on another machine for one that is listened on: for "every interface" this machine's first address
 * that is not loopback, or its name.
 *
 * @param host the host to name instead, where this machine cannot know it: behind a NAT, in a container
 */
export function reachableAddress(listened: string, host?: string): string {
  const address = parseAddress(listened);
  if (host !== undefined) return formatAddress({ ...address, host });
  return ANY.has(address.host) ? formatAddress({ ...address, host: ownAddress() }) : listened;
}

function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? hostname();
}
