import type { ByteSource } from './byte-source.ts';
import { OnnxFormatError } from './errors.ts';
import { onnx } from './gen/onnx.js';
import { rewriteTensors } from './rewrite-tensors.ts';
import { WireReader } from './wire.ts';

/** Of a TensorProto. */
const [EXTERNAL_DATA, DATA_LOCATION] = [13, 14];
/** `location`, `offset` and `length`, which the writer gives, and one more that nobody reads. */
const MOST_ENTRIES = 4;

/**
 * Gives what each tensor that is apart from a model's message says of where its bytes are. Only that is decoded, no tensor.
 *
 * @throws OnnxFormatError for bytes that are no model
 */
export function forEachApart(model: ByteSource, visit: (entries: ReadonlyMap<string, string>) => void): void {
  const wire = new WireReader(model);
  rewriteTensors(model, (start, stop) => {
    const entries = entriesOf(wire, start, stop);
    if (entries !== undefined) visit(entries);
    return undefined;
  });
}

function entriesOf(wire: WireReader, start: number, stop: number): Map<string, string> | undefined {
  const entries = new Map<string, string>();
  let isApart = false;
  wire.at = start;
  while (wire.at < stop) {
    const field = wire.field(stop);
    if (field.number === DATA_LOCATION && field.value !== 0) isApart = true;
    if (field.number === EXTERNAL_DATA && field.type === 'bytes') {
      isApart = true;
      const { key, value } = entryOf(wire.slice(wire.at, field.stop));
      if (entries.size >= MOST_ENTRIES || entries.has(key ?? ''))
        throw new OnnxFormatError('a tensor of the model says more than once where its data is');
      entries.set(key ?? '', value ?? '');
    }
    wire.at = field.stop;
  }
  return isApart ? entries : undefined;
}

function entryOf(bytes: Uint8Array): onnx.StringStringEntryProto.$Shape {
  try {
    return onnx.StringStringEntryProto.decode(bytes);
  } catch (cause) {
    throw new OnnxFormatError('the model is damaged: where a tensor keeps its data cannot be read', {
      cause,
    });
  }
}
