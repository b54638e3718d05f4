import { temporaryFolder } from './digits.ts';
import { digitTables } from './federated.ts';
import { type ProcessOptions, type TributaryProcess, tributary } from './processes.ts';

/** A participant's own things: data, state, name. */
export interface Site {
  readonly name: string;
  readonly data: string;
  readonly state: string;
}

/** Sites with a part of the digits each. */
export function sites(count: number): Site[] {
  return digitTables(count).map((data, index) => ({ name: `site-${index}`, data, state: temporaryFolder() }));
}

/** A participant's process that agrees to everything. */
export function participate(
  { name, data, state }: Site,
  joinFile: string,
  args: readonly string[] = [],
  options?: ProcessOptions,
): TributaryProcess {
  const join = ['--join-file', joinFile, '--data', data, '--name', name, '--state', state];
  return tributary(['participate', ...join, '--threads', '1', '--yes', '--log', 'json', ...args], options);
}

/** Lines of `tributary record`. */
export async function recordOf(site: Site, run: string): Promise<Record<string, unknown>[]> {
  const { stdout } = await tributary(['record', run, '--state', site.state, '--json']).end();
  return stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Lines of a job file on digits that participants hold. */
export const FEDERATED_DIGITS = {
  name: 'sites',
  data: `{ held-by: members, format: { header: false }, features: { columns: [${Array.from({ length: 64 }, (_, pixel) => pixel).join(', ')}], normalize: { divide: 16 } }, target: { column: 64, classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] } }`,
  model: '{ layers: [{ dense: 32 }, relu, { dense: 10 }] }',
  strategy: 'fedavg',
  optimizer: '{ sgd: 0.1 }',
  epochs: undefined,
  rounds: '12',
  batch: '16',
  evaluate: '{ every: { rounds: 4 } }',
} as const;
