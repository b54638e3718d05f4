import type { Fault } from './cross-checks.ts';

type Raw = Readonly<Record<string, unknown>>;

const LAYER = 'blank-padding';

/** The blank that a model says behind the end of a row is the one that the loss knows. */
export function paddingFaults(file: Raw): Fault[] {
  const { layers } = raw(file['model']);
  if (!Array.isArray(layers)) return [];
  const { loss } = file;
  return layers.flatMap((layer: unknown, at): Fault[] => {
    if (layer !== LAYER && raw(layer)[LAYER] === undefined) return [];
    const path = ['model', 'layers', at];
    if (loss !== 'ctc' && raw(loss)['ctc'] === undefined) {
      const message = `${LAYER} is of the loss ctc: no other has a blank`;
      return [{ path, message, allowed: ['loss: ctc', 'no such layer'] }];
    }
    const [said, known] = [blankOf(raw(layer)[LAYER]), blankOf(raw(loss)['ctc'], true)];
    if (said === known || typeof said !== 'number' || typeof known !== 'number') return [];
    const message = `behind the end of a row it says output ${said}, and the blank of the loss is output ${known}`;
    return [{ path, message, allowed: [`${LAYER}: { blank: ${known} }`] }];
  });
}

/** @param isShort whether a number alone is the blank */
function blankOf(options: unknown, isShort = false): unknown {
  return isShort && typeof options === 'number' ? options : (raw(options)['blank'] ?? 0);
}

function raw(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}
