import type { DenseCodec, SectionCodec } from '../parameters/codecs/update-codec.ts';
import type { Measure, Phase } from './assignment.ts';
import type {
  Capabilities,
  DoneStatus,
  FinishedReason,
  RefusalCode,
  UploadStatus,
  WireCodec,
} from './messages.ts';

/** The wire's enums as words: a word's number is its position plus one, 0 is unspecified. */
export const CODECS = [
  'f32',
  'f16',
  'bf16',
  'int8',
  'top-k',
  'random-k',
  'sign',
  'vote',
] as const satisfies readonly WireCodec[];
/** Those that weights travel in: the first ones. */
export const DENSE_CODECS = ['f32', 'f16', 'bf16'] as const satisfies readonly DenseCodec[];
/** Those of an update's sections beside `parameters`. */
export const SECTION_CODECS = [...DENSE_CODECS, 'int8'] as const satisfies readonly SectionCodec[];
export const REFUSALS = [
  'token',
  'version',
  'full',
  'finished',
  'banned',
  'invalid',
] as const satisfies readonly RefusalCode[];
export const PHASES = ['discriminator', 'generator'] as const satisfies readonly Phase[];
export const FLOAT16 = ['native', 'emulated'] as const satisfies readonly Capabilities['float16'][];
export const OWNERS = ['server', 'member'] as const;
export const MAKES = ['control', 'dual'] as const;
export const MEASURES = ['base-loss', 'delta-squares'] as const satisfies readonly Measure[];
export const FINISHED_REASONS = [
  'completed',
  'early-stopping',
  'stopped',
  'diverged',
] as const satisfies readonly FinishedReason[];
export const DONE_STATUSES = [
  'ok',
  'unwanted',
  'corrupt',
  'too-large',
] as const satisfies readonly DoneStatus[];
export const UPLOAD_STATUSES = [
  'received',
  'duplicate',
  'late',
  'unknown',
  'stale',
  'refused',
  'rolled-back',
] as const satisfies readonly UploadStatus[];

/** The number of a word on the wire. */
export function numberOf<T extends string>(word: T, words: readonly T[]): number {
  const index = words.indexOf(word);
  if (index < 0) throw new RangeError(`'${word}' is none of ${words.join(', ')}`);
  return index + 1;
}
