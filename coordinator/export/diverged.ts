import { command } from '../../shared/text/command.ts';
import type { RunReader } from '../store/read-run.ts';
import { bestOf } from '../store/retention.ts';
import type { CommittedVersion } from '../store/store.ts';
import { DivergedError, type NonFiniteError } from './export-error.ts';

/**
 * That the weights of a commit give no numbers, and what to type for another commit.
 *
 * @param metric by which the job keeps a best version, if it does
 * @param options of the command, beside the version
 */
export function diverged(
  { message }: NonFiniteError,
  store: RunReader,
  metric: string | undefined,
  { version, round, file }: CommittedVersion,
  options = '',
): DivergedError {
  const what = `version ${version} of round ${round} was not exported: ${message}.`;
  const best = metric === undefined ? undefined : bestOf(store.versions(), metric);
  if (best && best.file !== file) {
    return new DivergedError(
      `${what} Export version ${best.version} of round ${best.round} instead: ${command('export', store.run.id, '--version', 'best')}${options}`,
    );
  }
  const keep = metric === undefined ? '; checkpoint.best keeps the best version beside the newest' : '';
  return new DivergedError(
    `${what} There is no best version to export instead. Train anew with a smaller learning rate, a longer warm-up, or clipping the gradient’s norm${keep}`,
  );
}
