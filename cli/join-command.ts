import type { RunFacts } from '../launch/coordinate.ts';

/** What to type on another machine. The token goes into the environment: arguments can be read by other users. */
export function joinCommand(
  { address, websocket, fingerprint, token }: RunFacts,
  transport: 'grpc' | 'websocket' = 'grpc',
): string {
  const join = transport === 'grpc' ? address : `${websocket} --websocket`;
  const trust = fingerprint ? `--fingerprint ${fingerprint}` : '--insecure';
  return `TRIBUTARY_TOKEN=${token} npx tributary-ml worker --join ${join} ${trust}`;
}
