import { readFileSync } from 'node:fs';

/** Largest resident memory of this process in bytes. */
export function peakMemory(): number {
  // Linux carries `maxRSS` over from the process that forked this one: the kernel's mark of this memory alone is better.
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return 1024 * (kibibytes === undefined ? process.resourceUsage().maxRSS : Number(kibibytes));
}
