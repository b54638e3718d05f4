import { sha256 } from '../../node/data/sha256.ts';
import { type ByteSource, concatenated, inMemory, sliceOf } from '../../shared/onnx/byte-source.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { bytesApart, modelApart } from '../../shared/onnx/pieces/frozen.ts';
import { encodeList, PIECE_BYTES } from '../../shared/onnx/pieces/piece-list.ts';
import { modelPieces } from '../../shared/onnx/write.ts';
import type { Content } from './blobs.ts';

/** How a model is cut up. */
export interface CutOptions {
  /** Bytes of frozen weights from which on they travel apart from the model's message. */
  readonly least?: number;
  readonly pieceBytes?: number;
}

/** So much and more is not held in memory by whoever has files, and need not be fetched anew as a whole when a piece is damaged. */
const LEAST_APART = 1 << 26;

/**
 * What members are sent of a model: one message, or, where much of it is frozen, its message without that, a list of pieces by
 * which the message names it, and the pieces. They lie where the model's weights lie, and are read when somebody asks for one.
 *
 * @returns called when it is first sent: all is read once, to be hashed
 * @throws OnnxFormatError where the message alone is more than one may be
 */
export function sentModel(
  model: Model,
  { least = LEAST_APART, pieceBytes = PIECE_BYTES }: CutOptions = {},
): () => Content {
  const apart = modelApart(model);
  const bytes = bytesApart(apart);
  if (bytes < least) {
    const message = modelPieces(model);
    return () => ({ message });
  }
  // Said when the run is opened, whatever the hash will be.
  apart.message(sha256(new Uint8Array()));
  return () => {
    const frozen = concatenated(apart.frozen);
    const others = new Map<string, ByteSource>();
    const pieces: string[] = [];
    for (let at = 0; at < bytes; at += pieceBytes) {
      const piece = sliceOf(frozen, at, Math.min(at + pieceBytes, bytes));
      const hash = sha256(piece.read(0, piece.length));
      pieces.push(hash);
      others.set(hash, piece);
    }
    const list = encodeList({ bytes, pieceBytes, pieces });
    const id = sha256(list);
    others.set(id, inMemory(list));
    return { message: apart.message(id), others };
  };
}
