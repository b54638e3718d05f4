// Loaded into a process before its program (node --import): writes down, second by second, by how many milliseconds its event loop
// was late at most. Read by samples.ts.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const RESOLUTION_MS = 10;
const folder = process.env.TRIBUTARY_SOAK_PROBE;
if (isMainThread && folder) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const write = () => {
    const late = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
    appendFileSync(join(folder, `${process.pid}.delays`), `${late.toFixed(1)}\n`);
    delay.reset();
  };
  // The program ends when it wants to.
  setInterval(write, 1000).unref();
}
