import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Row } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { BenchContext } from '../suite.ts';

/** From dist/bench/start. */
const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));
const PROCESS = fileURLToPath(new URL('example-process.js', import.meta.url));

const MOST_SECONDS = 2;

/** For every model of the zoo: from its job to the end of the first step, each time in a process of its own. */
export async function exampleRows({ short, say, folder }: BenchContext): Promise<Row[]> {
  const rows: Row[] = [];
  const all = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('job.yaml'))
    .sort();
  for (const path of short ? all.slice(0, 2) : all) {
    say(`from the job to the first step, ${path}`);
    const seconds: number[] = [];
    for (let go = 0; go < (short ? 1 : 3); go++) {
      const { stdout } = await promisify(execFile)(process.execPath, [PROCESS, `${EXAMPLES}${path}`, folder]);
      seconds.push(Number(stdout));
    }
    rows.push({
      name: `from the job to the end of the first step, examples/${path}`,
      unit: 's',
      ours: spreadOf(seconds),
      target: { of: 'ours', most: MOST_SECONDS },
      bound: 'building the model, deriving and optimising its gradient, loading it, and the step itself.',
    });
  }
  return rows;
}
