import { bestVersion } from '../coordinator/store/best-version.ts';
import type { RunReader } from '../coordinator/store/read-run.ts';
import type { Job } from '../shared/job/job.ts';
import { command } from '../shared/text/command.ts';
import { bestText } from './ui/best-text.ts';

/** The best commit by the job's metric, and which one `export` takes. */
export function bestLines(run: RunReader, job: Job | undefined): string[] {
  const best = bestVersion(run, job?.checkpoint.best);
  const last = run.versions().at(-1);
  if (!best || !last) return [];
  return [
    `  ${bestText(best, job?.epochs !== undefined)}`,
    best.version === last.version
      ? '  export takes it, as it is the last commit'
      : `  export takes the last commit, version ${last.version}, unless told otherwise: --version best`,
  ];
}

/** @param named how a command names the run */
export function exportLines(run: RunReader, job: Job | undefined, named: readonly string[]): string[] {
  const last = run.versions().at(-1);
  if (!last) return [];
  const best = bestVersion(run, job?.checkpoint.best);
  return [
    `  ${command('export', ...named)}`,
    ...(best && best.version !== last.version
      ? [`  ${command('export', ...named, '--version', 'best')}`]
      : []),
  ];
}
