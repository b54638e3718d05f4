import type { Codec } from '../../shared/parameters/codecs.ts';
import { NO_TORCH, runScript } from '../peers/python.ts';
import type { Peer } from '../row.ts';
import { spreadOf } from '../spread.ts';

/** PyTorch's all-reduce over gloo of as many numbers, between two processes. */
export async function glooPeer(
  python: string | undefined,
  floats: number,
  codec: Codec,
  iterations: number,
): Promise<Peer> {
  const name = 'PyTorch gloo all-reduce';
  if (python === undefined) return { name, version: null, why: NO_TORCH };
  const args = [String(floats), codec, String(iterations)];
  const { version, times } = (await runScript(python, 'gloo_allreduce.py', args)) as {
    version: string;
    times: number[];
  };
  return { name, version, spread: spreadOf(times) };
}
