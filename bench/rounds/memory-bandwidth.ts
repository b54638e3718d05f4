import { timed } from '../steps/stepper.ts';

/** Bytes far beyond any cache. */
const BYTES = 256 << 20;

/** Bytes that one core copies from memory to memory in a second, in several goes. */
export async function memoryBandwidth(goes: number): Promise<number[]> {
  const from = new Uint8Array(BYTES).fill(1);
  const to = new Uint8Array(BYTES).fill(2);
  const times = await timed(goes, () => {
    to.set(from);
  });
  return times.map((milliseconds) => (BYTES / milliseconds) * 1000);
}
