import type { Envelope, Reply } from '../../trainer/messages.ts';

/** What computes in a page. */
export type Provider = 'webgpu' | 'wasm';

/** How a trainer is started. */
export interface TrainerStart {
  readonly provider: Provider;
  /** Whether to go on with WebAssembly where the model cannot be prepared otherwise. */
  readonly fallsBack: boolean;
  /** Of WebAssembly; more than one in a page that is cross-origin isolated. */
  readonly threads: number;
  /** URL of the folder with ONNX Runtime's files. */
  readonly runtime: string;
}

/** What a page says to its trainer's worker: first how to start, then requests. */
export type ToTrainer =
  | { readonly type: 'start'; readonly start: TrainerStart }
  | { readonly type: 'request'; readonly envelope: Envelope }
  | { readonly type: 'cancel'; readonly sequence: number };

export type FromTrainer =
  | { readonly type: 'reply'; readonly reply: Reply }
  /** The engine did not start; nothing else follows. */
  | { readonly type: 'failed'; readonly message: string };
