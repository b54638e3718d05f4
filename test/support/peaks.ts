import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Megabytes that processes took at their peak, by what they were: `coordinator`, `worker`, `export`. */
export type Peaks = Readonly<Record<string, readonly number[]>>;

/** The environment in which each process of the command line writes its peak into a file of the folder when it ends. */
export function measuring(folder: string): Readonly<Record<string, string>> {
  // Linux carries `maxRSS` over from the process that forked this one.
  const script = `
    import { appendFileSync, readFileSync } from 'node:fs';
    import { isMainThread } from 'node:worker_threads';
    if (isMainThread) process.on('exit', () => {
      const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
      const peak = /^VmHWM:\\s+(\\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
      appendFileSync(process.env.TRIBUTARY_TEST_PEAKS, process.argv[2] + ' ' + peak + '\\n');
    });`;
  return {
    NODE_OPTIONS: `--import data:text/javascript;base64,${Buffer.from(script).toString('base64')}`,
    TRIBUTARY_TEST_PEAKS: join(folder, 'peaks'),
  };
}

export function peaksIn(folder: string): Peaks {
  const file = join(folder, 'peaks');
  const peaks: Record<string, number[]> = {};
  for (const line of existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []) {
    const [what = '', kilobytes] = line.split(' ');
    peaks[what] = [...(peaks[what] ?? []), Number(kilobytes) / 1024];
  }
  return peaks;
}
