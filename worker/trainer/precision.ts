import type { Engine } from '../../engines/engine.ts';
import type { MemoryJob } from '../../shared/job/job.ts';
import { type UsedPrecision, usedPrecision } from '../../shared/programs/precision.ts';

/** What a member says where the job asks for mixed precision. */
export const PRECISION_WORDS: Readonly<Record<UsedPrecision, string>> = {
  mixed: 'it trains in mixed precision',
  emulated: 'it trains in mixed precision, emulated: slower than float32',
  float32: 'it trains in float32, for its engine has no float16 of its own',
};

/** What training computes in on an engine. */
export async function precisionOn(engine: Engine, asked: MemoryJob['precision']): Promise<UsedPrecision> {
  return asked === undefined ? 'float32' : usedPrecision(await engine.float16(), asked);
}
