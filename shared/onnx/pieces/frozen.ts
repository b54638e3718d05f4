import { type ByteSource, inMemory, lengthOf } from '../byte-source.ts';
import { DataFile } from '../data-file.ts';
import { bytesPerElement } from '../data-types.ts';
import { placeOf } from '../external-data.ts';
import type { Model } from '../model.ts';
import { bytesOfStored, LEAST_STORED, StoredTensor } from '../stored-tensor.ts';
import { sizeOf, type Tensor } from '../tensor.ts';
import { writeTensor } from '../tensor-proto.ts';
import { encodeModel, modelPieces } from '../write.ts';

/** A model whose large constants are apart from its message. */
export interface ModelApart {
  /** The constants, one after the other: from a file, or from memory. */
  readonly frozen: readonly ByteSource[];
  /**
   * What `modelPieces` gives, but that it refers to the constants at a location.
   *
   * @throws OnnxFormatError where it is more than one protobuf message may be
   */
  message(location: string): readonly ByteSource[];
}

/** Takes the large constants of a model out of its message: weights that do not train. What trains stays in it. */
export function modelApart(model: Model): ModelApart {
  const data = new DataFile();
  const places: { readonly offset: number; readonly length: number }[] = [];
  encodeModel(model, (name, tensor) => {
    if (isApart(name, tensor)) places.push(data.add(bytesOf(tensor)));
    return {};
  });
  return {
    frozen: data.pieces,
    message: (location) => {
      let next = 0;
      return modelPieces(model, (name, tensor) => {
        if (!isApart(name, tensor)) return undefined;
        const { offset, length } = places[next++]!;
        return placeOf(location, offset, length);
      });
    },
  };
}

export function bytesApart({ frozen }: ModelApart): number {
  return lengthOf(frozen);
}

/** Constants have no name of their own; initializers, which train, do. */
function isApart(name: string, { type, dims }: Tensor): boolean {
  return name === '' && type !== 'string' && sizeOf(dims) * bytesPerElement(type) >= LEAST_STORED;
}

function bytesOf(tensor: Tensor): ByteSource {
  if (tensor instanceof StoredTensor) return bytesOfStored(tensor);
  return inMemory(writeTensor('', tensor).rawData as Uint8Array);
}
