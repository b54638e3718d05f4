import type { UpdateJob } from '../../shared/job/wire-job.ts';
import type { DeltaCodec } from '../../shared/parameters/reference.ts';

/** An encoding that is measured. */
export interface BenchWire {
  readonly title: string;
  readonly up: UpdateJob;
  /** Of the weights' changes; the weights travel whole when left out. */
  readonly delta?: DeltaCodec;
  /** SGD's rate on digits: votes make steps of ±rate. */
  readonly rate?: number;
}

export const WIRES: readonly BenchWire[] = [
  { title: 'f32', up: { kind: 'f32' } },
  { title: 'f16', up: { kind: 'f16' } },
  { title: 'bf16', up: { kind: 'bf16' } },
  { title: 'int8', up: { kind: 'int8', errorFeedback: false } },
  { title: 'top-k of 1 %', up: { kind: 'top-k', share: 0.01, errorFeedback: true } },
  { title: 'top-k of 10 %', up: { kind: 'top-k', share: 0.1, errorFeedback: true } },
  { title: 'random-k of 10 %', up: { kind: 'random-k', share: 0.1, errorFeedback: true } },
  { title: 'sign', up: { kind: 'sign', aggregate: 'mean', errorFeedback: true } },
  {
    title: 'sign, majority',
    up: { kind: 'sign', aggregate: 'majority', errorFeedback: false },
    rate: 0.005,
  },
];

/** Ways down: the weights whole, and as changes. */
export const WAYS_DOWN: readonly BenchWire[] = [
  { title: 'f32', up: { kind: 'f32' } },
  { title: 'deltas of bf16', up: { kind: 'f32' }, delta: 'bf16' },
  { title: 'deltas of f16', up: { kind: 'f32' }, delta: 'f16' },
  { title: 'deltas of int8', up: { kind: 'f32' }, delta: 'int8' },
];
