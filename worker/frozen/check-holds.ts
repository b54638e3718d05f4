import { EngineError, type EngineInfo } from '../../engines/engine.ts';
import type { FrozenList } from './fetch-frozen.ts';

/**
 * Frozen weights are constants of every program: where an engine cannot have so many, it is said before they are fetched.
 *
 * @throws EngineError
 */
export function checkHolds(
  { name, provider, mostConstants }: EngineInfo,
  frozen: FrozenList | undefined,
): void {
  const bytes = frozen?.list.bytes ?? 0;
  if (mostConstants === undefined || bytes <= mostConstants) return;
  throw new EngineError(
    `the model’s frozen weights have ${bytes} bytes, more than the ${mostConstants} that ${name} (${provider}) takes: ` +
      'use --engine cpu, which maps them from a file',
  );
}
