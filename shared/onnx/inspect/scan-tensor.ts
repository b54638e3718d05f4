import { bytesPerElement, dataTypeOfCode } from '../data-types.ts';
import { plain, spelled, spelledBytes } from './plain.ts';
import type { Scanner } from './scan.ts';

/** Fields of a TensorProto that hold its values: bytes of one value in a packed list, undefined for varints. */
const VALUES: Readonly<Record<number, number | undefined>> = {
  4: 4,
  5: undefined,
  7: undefined,
  10: 8,
  11: undefined,
};
/** Lists that a decoder makes an object of for every value: 64-bit integers. */
const AS_OBJECTS = new Set([7, 11]);
const HALF_BYTES = new Set([21, 22]);

/**
 * Looks at a TensorProto: its values must be in the file, as many as its shape says, or in one beside it, where such may be
 * read. Nothing is decoded.
 * @throws RefusedModelError
 */
export function scanTensor(scanner: Scanner, stop: number, what: string): void {
  const { wire } = scanner;
  const dims: number[] = [];
  let [code, raw, listed, strings, isExternal, name] = [0, 0, 0, 0, false, ''];
  while (wire.at < stop) {
    const field = wire.field(stop);
    scanner.count();
    const isList = field.type === 'bytes';
    if (field.number === 1) {
      const end = field.stop;
      if (!isList) dims.push(field.value);
      else for (; wire.at < end; scanner.count()) dims.push(wire.varint(end));
    } else if (field.number === 2) code = field.value;
    else if (field.number === 3) scanner.refuse('feature', `${what} is stored in segments`);
    else if (field.number === 6) strings += 1;
    else if (field.number === 8) {
      scanner.name(field);
      name = scanner.text(field);
    } else if (field.number === 9) raw = field.value;
    else if (field.number === 13 || (field.number === 14 && field.value !== 0)) isExternal = true;
    else if (field.number in VALUES) {
      const width = VALUES[field.number];
      const values = isList ? (width === undefined ? wire.countVarints(field.stop) : field.value / width) : 1;
      listed += values;
      if (AS_OBJECTS.has(field.number)) scanner.count(values);
    }
    wire.at = field.stop;
  }
  const called = name === '' ? what : `tensor ${plain(name)}`;
  // Where it is and how much, the reader says, which goes by the same declaration.
  if (isExternal && scanner.mayReadOthers) {
    scanner.elsewhere += 1;
    return;
  }
  if (isExternal)
    scanner.refuse('external-data', `${called} keeps its data in another file, which is never read`);
  const type = dataTypeOfCode(code);
  // What type that is, the reader says better.
  if (type === undefined && !HALF_BYTES.has(code)) return;
  if (dims.some((dim) => dim >= 2 ** 63)) scanner.refuse('tensor', `${called} declares a negative dimension`);
  const declared = dims.includes(0) ? 0 : dims.reduce((product, dim) => product * dim, 1);
  const width = HALF_BYTES.has(code) ? 0.5 : bytesPerElement(type!);
  const there =
    type === 'string' ? strings : raw > 0 ? raw / width : HALF_BYTES.has(code) ? 2 * listed : listed;
  if (Math.ceil(declared * (width || 1)) === Math.ceil(there * (width || 1))) return;
  scanner.refuse(
    'tensor',
    `${called} declares ${spelled(declared)} elements (${spelledBytes(Math.ceil(declared * width))}), the file holds ` +
      `${spelled(Math.floor(there))} of them`,
  );
}
