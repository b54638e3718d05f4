import { OnnxFormatError } from './errors.ts';

/** An int64 as protobufjs decodes it: a number, or an object of two halves. */
type Int64 = number | { readonly low: number; readonly high: number; readonly unsigned: boolean };

export function toBigInt(value: Int64): bigint {
  if (typeof value === 'number') return BigInt(value);
  const bits = (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
  return value.unsigned ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits);
}

/** @throws OnnxFormatError beyond ±(2^53 - 1) */
export function toSafeInteger(value: Int64, what: string): number {
  const number = typeof value === 'number' ? value : Number(toBigInt(value));
  if (!Number.isSafeInteger(number)) throw new OnnxFormatError(`${what} ${number} is beyond 2^53`);
  return number;
}
