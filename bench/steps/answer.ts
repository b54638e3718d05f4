import { createInterface } from 'node:readline';
import { timed } from './stepper.ts';

/**
 * Takes steps as they are asked for on standard input, as `peers/torch_step.py` does: a number is answered with the milliseconds
 * of so many steps, `memory` with the bytes of the largest resident memory so far.
 *
 * @param ready what is said first
 */
export async function answer(ready: unknown, step: () => Promise<void>): Promise<void> {
  say(ready);
  for await (const line of createInterface({ input: process.stdin })) {
    say(line.trim() === 'memory' ? process.resourceUsage().maxRSS * 1024 : await timed(Number(line), step));
  }
}

function say(text: unknown): void {
  process.stdout.write(`${JSON.stringify(text)}\n`);
}
