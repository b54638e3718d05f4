import type { RunFacts } from '../launch/coordinate.ts';
import { quoted } from './shell.ts';

/** What to type on another machine. The token goes into the environment: arguments can be read by other users. */
export function joinCommand(
  {
    address,
    websocket,
    fingerprint,
    token,
  }: Pick<RunFacts, 'address' | 'websocket' | 'fingerprint' | 'token'>,
  transport: 'grpc' | 'websocket' = 'grpc',
): string {
  const join = transport === 'grpc' ? quoted(address) : `${quoted(websocket ?? '')} --websocket`;
  const trust = fingerprint ? `--fingerprint ${quoted(fingerprint)}` : '--insecure';
  return `TRIBUTARY_TOKEN=${quoted(token)} npx tributary-ml worker --join ${join} ${trust}`;
}
