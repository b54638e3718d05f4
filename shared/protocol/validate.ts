import { isBlobId, isContentId } from './blob-id.ts';
import { ProtocolError } from './errors.ts';
import type { Limits } from './limits.ts';

/** An integer of 64 bits as protobufjs decodes it: a number, or an object of two halves. */
type Int64 = number | { readonly low: number; readonly high: number };

type Maybe<T> = T | null | undefined;

/**
 * Reads fields of a decoded message as what they must be. Every method names the field in its error.
 *
 * @throws ProtocolError from every method
 */
export class FieldReader {
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** A hash, id or token: printable ASCII without spaces. */
  id(value: Maybe<string>, field: string): string {
    const text = this.#bounded(value, field, this.#limits.nameLength);
    if (!/^[!-~]+$/.test(text)) throw new ProtocolError(`${field} is not a printable id: ${quote(text)}`);
    return text;
  }

  /** As `id`, but may be empty. */
  optionalId(value: Maybe<string>, field: string): string {
    return value ? this.id(value, field) : '';
  }

  /** A SHA-256 as 64 lower-case hexadecimal digits. */
  hash(value: Maybe<string>, field: string): string {
    const text = value ?? '';
    if (!isContentId(text)) {
      throw new ProtocolError(`${field} is not a SHA-256 in lower-case hexadecimal: ${quote(text)}`);
    }
    return text;
  }

  /** See `blob-id.ts`. */
  blobId(value: Maybe<string>, field: string): string {
    const text = this.#bounded(value, field, this.#limits.nameLength);
    if (!isBlobId(text)) {
      throw new ProtocolError(
        `${field} is neither a SHA-256 in lower-case hexadecimal nor a version: ${quote(text)}`,
      );
    }
    return text;
  }

  /** A name: not empty, without control characters. */
  name(value: Maybe<string>, field: string): string {
    const text = this.#bounded(value, field, this.#limits.nameLength);
    if (text === '') throw new ProtocolError(`${field} is empty`);
    return text;
  }

  /** Words for people; control characters are replaced, since they may end up in a terminal. */
  text(value: Maybe<string>, field: string): string {
    const text = value ?? '';
    if (text.length > this.#limits.textLength) {
      throw new ProtocolError(
        `${field} has ${text.length} characters, ${this.#limits.textLength} are allowed`,
      );
    }
    return text.replace(/\p{Cc}/gu, ' ');
  }

  /** An integer in [0, maximum]. */
  count(value: Maybe<Int64>, field: string, maximum: number = Number.MAX_SAFE_INTEGER): number {
    const number = toNumber(value ?? 0);
    if (!Number.isSafeInteger(number) || number < 0 || number > maximum) {
      throw new ProtocolError(`${field} is ${number}, which is not an integer in 0…${maximum}`);
    }
    return number;
  }

  /** An integer in [1, maximum]. */
  positive(value: Maybe<Int64>, field: string, maximum: number = Number.MAX_SAFE_INTEGER): number {
    const number = this.count(value, field, maximum);
    if (number === 0) throw new ProtocolError(`${field} is 0`);
    return number;
  }

  /** A finite number. */
  finite(value: Maybe<number>, field: string): number {
    const number = value ?? 0;
    if (!Number.isFinite(number)) throw new ProtocolError(`${field} is ${number}, which is not finite`);
    return number;
  }

  /** One of an enum's words by its number; 0 (unspecified) and unknown numbers are refused. */
  word<T extends string>(value: Maybe<number>, words: readonly T[], field: string): T {
    const word = words[(value ?? 0) - 1];
    if (word === undefined) throw new ProtocolError(`${field} has the unknown value ${value ?? 0}`);
    return word;
  }

  /** A list, each entry read by `read`. */
  list<T, R>(values: Maybe<readonly T[]>, field: string, read: (value: T, field: string) => R): R[] {
    const list = values ?? [];
    this.#entries(list.length, field);
    return list.map((value, index) => read(value, `${field}[${index}]`));
  }

  /** A map, each value read by `read`; the keys are names. */
  map<T, R>(
    values: Maybe<Readonly<Record<string, T>>>,
    field: string,
    read: (value: T, field: string) => R,
  ): Record<string, R> {
    const keys = Object.keys(values ?? {});
    this.#entries(keys.length, field);
    // No prototype: a key such as `__proto__` is a key like any other.
    const result: Record<string, R> = Object.create(null);
    for (const key of keys) {
      result[this.name(key, `a key of ${field}`)] = read(values![key]!, `${field}.${key}`);
    }
    return result;
  }

  #bounded(value: Maybe<string>, field: string, maximum: number): string {
    const text = value ?? '';
    if (text.length > maximum) {
      throw new ProtocolError(`${field} has ${text.length} characters, ${maximum} are allowed`);
    }
    if (/\p{Cc}/u.test(text)) throw new ProtocolError(`${field} holds control characters`);
    return text;
  }

  #entries(count: number, field: string): void {
    if (count > this.#limits.entries) {
      throw new ProtocolError(`${field} has ${count} entries, ${this.#limits.entries} are allowed`);
    }
  }
}

function toNumber(value: Int64): number {
  return typeof value === 'number' ? value : (value.high >>> 0) * 2 ** 32 + (value.low >>> 0);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
