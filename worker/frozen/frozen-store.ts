import { OnnxFormatError } from '../../shared/onnx/errors.ts';
import { PACKAGE } from '../../shared/text/command.ts';

/** Frozen weights that are all here, in a form that threads are given: the path of their file, or the bytes. */
export type FrozenWeights = {
  /** How the model calls them. */
  readonly id: string;
} & (
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'memory'; readonly bytes: Uint8Array<ArrayBuffer> }
);

/** Where a member keeps the frozen weights of a model that come in pieces. */
export interface FrozenStore {
  /**
   * Makes room for them.
   *
   * @throws Error where there is not enough: before the first piece is fetched
   */
  make(id: string, bytes: number): Promise<FrozenRoom>;
  /** Lets go of all that was kept: the trainer is gone. */
  close(): Promise<void>;
}

export interface FrozenRoom {
  put(offset: number, piece: Uint8Array): Promise<void>;
  /** All pieces are there. */
  finish(): Promise<FrozenWeights>;
}

/** In memory, where there is no disk: given away with the weights, so that there is one copy. */
export class FrozenInMemory implements FrozenStore {
  async make(id: string, bytes: number): Promise<FrozenRoom> {
    const room = allocate(bytes);
    return {
      put: async (offset, piece) => room.set(piece, offset),
      finish: async () => ({ id, kind: 'memory', bytes: room }),
    };
  }

  async close(): Promise<void> {}
}

function allocate(bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    const message =
      `the model’s frozen weights have ${bytes} bytes, more than this page can take: take part with a Node worker ` +
      `(${PACKAGE} worker or participate), which keeps them in a file`;
    throw new OnnxFormatError(message, { cause });
  }
}
