import type { MemoryJob } from '../job/job.ts';

/**
 * Whether an engine computes in float16: 'native', with kernels for it; 'emulated', in float32, rounded as float16 is: the same
 * numbers, slower than float32; 'none'.
 */
export type Float16 = 'native' | 'emulated' | 'none';

/** What a member trains in; `emulated`: as `mixed`, in float32 that is rounded as float16 is. */
export type UsedPrecision = 'float32' | 'mixed' | 'emulated';

/**
 * What an engine trains in when the job asks for mixed precision: members of one run may differ in it, as weights and gradients
 * are float32 between them.
 */
export function usedPrecision(has: Float16, asked: NonNullable<MemoryJob['precision']>): UsedPrecision {
  if (has === 'native') return 'mixed';
  return has === 'emulated' && asked === 'emulated' ? 'emulated' : 'float32';
}
