import { layerRegistry } from '../nn/layers/registry.ts';
import type { Fault } from './cross-checks.ts';

type Raw = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

interface Padding {
  readonly path: Path;
  readonly options: unknown;
  /** Whether it is where a model ends. */
  readonly isLast: boolean;
  /** The word that its output is labelled with: of several, the output's name. */
  readonly label?: string | undefined;
}

const LAYER = 'blank-padding';

/** The blank that a model says behind the end of a row is the one that the loss knows, and nothing comes after it. */
export function paddingFaults(file: Raw): Fault[] {
  const { loss, losses } = file;
  const isSeveral = raw(file['data'])['targets'] !== undefined;
  return paddingsOf(raw(file['model']))
    .map((padding) => (isSeveral ? faultOfOne(padding, raw(losses)) : faultOf(padding, loss)))
    .filter((fault) => fault !== undefined);
}

function faultOf({ path, options, isLast }: Padding, loss: unknown): Fault | undefined {
  if (loss !== 'ctc' && raw(loss)['ctc'] === undefined) {
    const message = `${LAYER} is of the loss ctc: no other has a blank`;
    return { path, message, allowed: ['loss: ctc', 'no such layer'] };
  }
  if (!isLast) {
    const message = `${LAYER} is the last layer of a model: what comes after it would take the blanks for features`;
    return { path, message, allowed: ['one, at the end of the layers'] };
  }
  return blankFault({ path, options }, loss);
}

/** Of several outputs each ends where its label is. */
function faultOfOne({ path, options, label }: Padding, losses: Raw): Fault | undefined {
  const loss = label === undefined ? undefined : losses[label];
  if (loss === 'ctc' || raw(loss)['ctc'] !== undefined) return blankFault({ path, options }, loss);
  const read = Object.keys(losses).filter(
    (name) => losses[name] === 'ctc' || raw(losses[name])['ctc'] !== undefined,
  );
  const message = `${LAYER} is the last layer of an output whose loss is ctc, with the output's label behind it`;
  return { path, message, allowed: [...read.map((name) => `before - label: ${name}`), 'no such layer'] };
}

function blankFault({ path, options }: Pick<Padding, 'path' | 'options'>, loss: unknown): Fault | undefined {
  const [said, known] = [blankOf(options), blankOf(raw(loss)['ctc'], true)];
  if (said === known || typeof said !== 'number' || typeof known !== 'number') return undefined;
  const message = `behind the end of a row it says output ${said}, and the blank of the loss is output ${known}`;
  return { path, message, allowed: [`${LAYER}: { blank: ${known} }`] };
}

/** Everywhere in a model's own layers, in those of a new head, and in the networks of a GAN. */
export function paddingsOf(model: Raw): Padding[] {
  const { layers } = model;
  const onnx = raw(model['onnx']);
  const { head } = onnx;
  const gan = raw(model['gan']);
  return [
    ...(Array.isArray(layers)
      ? paddingsIn(layers, ['model', 'layers'], true)
      : listed(raw(layers), 'list', ['model', 'layers'], true)),
    ...listed(raw(head), 'layers', ['model', 'onnx', 'head'], true),
    ...Object.entries(raw(onnx['outputs'])).flatMap(([name, output]) =>
      listed(raw(raw(output)['head']), 'layers', ['model', 'onnx', 'outputs', name, 'head'], true).map(
        (padding) => (padding.isLast ? { ...padding, label: name } : padding),
      ),
    ),
    ...['generator', 'discriminator'].flatMap((side) =>
      listed(raw(gan[side]), 'layers', ['model', 'gan', side]),
    ),
  ];
}

/** @param isEnd whether the model ends where the list does */
function paddingsIn(layers: readonly unknown[], list: Path, isEnd = false): Padding[] {
  return layers.flatMap((layer, at): Padding[] => {
    const path = [...list, at];
    if (layer === LAYER || raw(layer)[LAYER] !== undefined)
      return [
        {
          ...{ path, options: raw(layer)[LAYER], isLast: isEnd && at === layers.length - 1 },
          label: labelOf(layers[at + 1]),
        },
      ];
    return Object.entries(raw(layer)).flatMap(([word, options]) => {
      const { nested = [], shorthand = '' } = layerRegistry[word] ?? {};
      if (Array.isArray(options))
        return nested.includes(shorthand) ? paddingsIn(options, [...path, word]) : [];
      return nested.flatMap((option) => listed(raw(options), option, [...path, word]));
    });
  });
}

function labelOf(layer: unknown): string | undefined {
  const label = raw(layer)['label'];
  const name = typeof label === 'string' ? label : raw(label)['name'];
  return typeof name === 'string' ? name : undefined;
}

function listed(options: Raw, key: string, path: Path, isEnd = false): Padding[] {
  const list = options[key];
  return Array.isArray(list) ? paddingsIn(list, [...path, key], isEnd) : [];
}

/** @param isShort whether a number alone is the blank */
function blankOf(options: unknown, isShort = false): unknown {
  return isShort && typeof options === 'number' ? options : (raw(options)['blank'] ?? 0);
}

function raw(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}
