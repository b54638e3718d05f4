import type { RunFacts } from '../launch/coordinate.ts';
import { PACKAGE } from '../shared/text/command.ts';
import { shellWord } from '../shared/text/shell-word.ts';

type DataFormat = RunFacts['format'];

/** What stands for a participant's own data in a command that is shown. */
export function dataWord(format: DataFormat = 'csv'): string {
  return { csv: 'YOUR.csv', images: 'FOLDER', text: 'YOUR.txt' }[format];
}

/** What to type on another machine. The token goes into the environment: arguments can be read by other users. */
export function joinCommand(
  {
    address,
    websocket,
    fingerprint,
    token,
    federated,
    format,
  }: Pick<RunFacts, 'address' | 'websocket' | 'fingerprint' | 'token'> & {
    readonly federated?: boolean;
    readonly format?: DataFormat;
  },
  transport: 'grpc' | 'websocket' = 'grpc',
): string {
  const join = transport === 'grpc' ? shellWord(address) : `${shellWord(websocket ?? '')} --websocket`;
  const trust = fingerprint ? `--fingerprint ${shellWord(fingerprint)}` : '--insecure';
  const command = federated ? 'participate' : 'worker';
  const data = federated ? ` --data ${dataWord(format)}` : '';
  return `TRIBUTARY_TOKEN=${shellWord(token)} ${PACKAGE} ${command} --join ${join} ${trust}${data}`;
}

/** The page by which a browser joins. What stands behind # stays in the browser: the token is sent when it joins, and to nobody else. */
export function joinPage({
  websocket,
  fingerprint,
  token,
}: Pick<RunFacts, 'fingerprint' | 'token'> & { readonly websocket: string }): string {
  const secrets = new URLSearchParams({ token, ...(fingerprint && { fingerprint }) });
  return `${fingerprint ? 'https' : 'http'}://${websocket}/join/#${secrets}`;
}
