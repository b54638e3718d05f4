import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Row } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { Suite } from '../suite.ts';

const TITLE = 'GPT of 12 layers, width 256, 8 windows of 256';
const SCRIPT = fileURLToPath(new URL('peak.js', import.meta.url));

/** How a step saves memory, and the most MiB that its activations may take. */
const WAYS = [
  { name: 'activations kept', arguments: ['off', '8'], most: 1500 },
  { name: 'recompute: every-block', arguments: ['every-block', '8'], most: 400 },
  { name: 'recompute: auto', arguments: ['auto', '8'], most: 400 },
  { name: 'micro-batch: 2', arguments: ['off', '2'], most: 450 },
  { name: 'recompute: auto, micro-batch: 2', arguments: ['auto', '2'], most: 200 },
] as const;

/** Memory of a step, each way in processes of its own: a process never gives back what it once took. */
export const memorySuite: Suite = {
  name: 'memory',
  about: 'memory and time of the gradients of a deep model, with activations kept and computed again',
  async run({ short, say }) {
    const rows: Row[] = [];
    for (const way of WAYS) {
      say(`${TITLE}, ${way.name}`);
      const samples = [];
      for (let process = 0; process < (short ? 1 : 3); process++) {
        samples.push(await measure([...way.arguments, short ? '1' : '3']));
      }
      rows.push({
        name: `memory of gradients, ${TITLE}, ${way.name}`,
        unit: 'MiB',
        ours: spreadOf(samples.map(({ bytes }) => bytes / 2 ** 20)),
        target: { of: 'ours', most: way.most },
        bound:
          'what lies between the blocks, and one block with its gradients; all blocks where they are kept.',
      });
      rows.push({
        name: `time of gradients, ${TITLE}, ${way.name}`,
        unit: 'ms',
        ours: spreadOf(samples.flatMap(({ times }) => times.slice(-2))),
        bound: 'matrix products; computed again, those of the forward pass come twice.',
      });
    }
    return rows;
  },
};

async function measure(given: readonly string[]): Promise<{ bytes: number; times: number[] }> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, ...given]);
  return JSON.parse(stdout) as { bytes: number; times: number[] };
}
