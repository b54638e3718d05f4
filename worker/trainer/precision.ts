import type { Engine } from '../../engines/engine.ts';
import type { MemoryJob } from '../../shared/job/job.ts';

/** What a member trains in; `emulated`: as `mixed`, in float32 that is rounded as float16 is. */
export type UsedPrecision = 'float32' | 'mixed' | 'emulated';

/** What a member says where the job asks for mixed precision. */
export const PRECISION_WORDS: Readonly<Record<UsedPrecision, string>> = {
  mixed: 'it trains in mixed precision',
  emulated: 'it trains in mixed precision, emulated: slower than float32',
  float32: 'it trains in float32, for its engine has no float16 of its own',
};

/**
 * What an engine trains in when the job asks for mixed precision: members of one run may differ in it, as weights and gradients
 * are float32 between them.
 */
export async function precisionOn(engine: Engine, asked: MemoryJob['precision']): Promise<UsedPrecision> {
  if (asked === undefined) return 'float32';
  const has = await engine.float16();
  if (has === 'native') return 'mixed';
  return has === 'emulated' && asked === 'emulated' ? 'emulated' : 'float32';
}
