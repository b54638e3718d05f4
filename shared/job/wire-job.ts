import type { DenseCodec, Encoding } from '../parameters/codecs/update-codec.ts';
import type { DeltaCodec } from '../parameters/reference.ts';

/** How weights and updates are encoded: a word for both, or each for itself. */
export type WireJob =
  | DenseCodec
  | {
      readonly down: DenseCodec;
      /** Of the weights' change from version to version, for members that hold the one before. */
      readonly delta?: DeltaCodec;
      readonly up: UpdateJob;
    };

export type UpdateJob =
  | { readonly kind: DenseCodec }
  | { readonly kind: 'int8'; readonly errorFeedback: boolean }
  | { readonly kind: 'top-k' | 'random-k'; readonly share: number; readonly errorFeedback: boolean }
  | {
      readonly kind: 'sign';
      /** `mean` of scaled signs, or a `majority` vote. */
      readonly aggregate: 'mean' | 'majority';
      readonly errorFeedback: boolean;
    };

export interface Wire {
  /** Of the weights, and of the server's vectors. */
  readonly down: DenseCodec;
  /** Of the weights' change, for members that hold the version before; weights travel whole when undefined. */
  readonly delta?: DeltaCodec;
  /** Of updates. */
  readonly up: Encoding;
}

export function wireOf(job: WireJob): Wire {
  if (typeof job === 'string') return { down: job, up: { codec: job } };
  const { delta, up } = job;
  return { down: job.down, ...(delta && { delta }), up: encodingOf(up) };
}

function encodingOf(up: UpdateJob): Encoding {
  switch (up.kind) {
    case 'f32':
    case 'f16':
    case 'bf16':
      return { codec: up.kind };
    case 'int8':
      return { codec: 'int8', errorFeedback: up.errorFeedback };
    case 'top-k':
    case 'random-k':
      return { codec: up.kind, share: up.share, errorFeedback: up.errorFeedback };
    case 'sign': {
      const codec = up.aggregate === 'majority' ? 'vote' : 'sign';
      return { codec, errorFeedback: up.errorFeedback };
    }
  }
}
