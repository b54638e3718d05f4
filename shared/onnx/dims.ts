import type { Dim } from './model.ts';

/*
 * A symbolic dimension is a polynomial with integer coefficients, written canonically: `64*batch`,
 * `batch*time`, `batch+-1`. Its atoms are names, or a formula in braces that is opaque: `{floor(height/2)}`.
 * What cannot be expressed becomes such a formula, so equal computations give equal dimensions.
 */

/** Monomial (its sorted atoms joined by `*`, '' for the constant) to coefficient. */
type Polynomial = Map<string, number>;

/** Splits at a separator outside braces. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '{') depth++;
    else if (char === '}') depth--;
    else if (char === separator && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim());
}

/** Beyond this many letters or terms a formula is only told from others by its hash: bounds a hostile graph. */
const LONGEST = 200;
const MOST_TERMS = 64;

const INTEGER = /^-?\d+$/;

function parse(dim: Dim): Polynomial {
  if (typeof dim === 'number') return new Map(dim === 0 ? [] : [['', dim]]);
  const result: Polynomial = new Map();
  for (const term of split(dim, '+')) {
    let coefficient = 1;
    const atoms: string[] = [];
    for (const factor of split(term, '*')) {
      if (INTEGER.test(factor)) coefficient *= Number(factor);
      else atoms.push(factor);
    }
    accumulate(result, atoms.sort().join('*'), coefficient);
  }
  return result;
}

function accumulate(polynomial: Polynomial, monomial: string, coefficient: number): void {
  const sum = (polynomial.get(monomial) ?? 0) + coefficient;
  if (sum === 0) polynomial.delete(monomial);
  else polynomial.set(monomial, sum);
}

function format(polynomial: Polynomial): Dim {
  const constant = polynomial.get('') ?? 0;
  const terms = [...polynomial].filter(([monomial]) => monomial !== '').sort(([a], [b]) => (a < b ? -1 : 1));
  if (terms.length === 0) return constant;
  const written = terms.map(([monomial, factor]) => (factor === 1 ? monomial : `${factor}*${monomial}`));
  if (constant !== 0) written.push(String(constant));
  return bounded(written.join('+'));
}

/** The text, or an opaque atom of its 64-bit hash (two FNV-1a) if it is long. */
function bounded(text: string): string {
  if (text.length <= LONGEST) return text;
  let [a, b] = [0x811c9dc5, 0x01234567];
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x01000193);
  }
  return `{#${(a >>> 0).toString(16)}${(b >>> 0).toString(16)}}`;
}

function exact(value: number): number {
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER || !Number.isInteger(value)) return value;
  throw new Error(`a size of ${value} is too large`);
}

/** An opaque formula as a dimension, for instance `formula('max', ['a', 'b'])`: `{max(a,b)}`. */
export function formula(name: string, operands: readonly Dim[]): Dim {
  return bounded(`{${name}(${operands.join(',')})}`);
}

/** A dimension that only the data decides (the length of a NonZero); named after the value that has it. */
export function unknownDim(value: string, axis: number): Dim {
  return `{${value.replace(/[{}]/g, '')}.${axis}}`;
}

export function add(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return exact(a + b);
  const sum = parse(a);
  for (const [monomial, coefficient] of parse(b)) accumulate(sum, monomial, coefficient);
  return format(sum);
}

export function multiply(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return exact(a * b);
  if (a === 1) return b;
  if (b === 1) return a;
  const product: Polynomial = new Map();
  const left = parse(a);
  const right = parse(b);
  if (left.size * right.size > MOST_TERMS) return formula('product', [a, b].sort());
  for (const [monomialA, x] of left) {
    for (const [monomialB, y] of right) {
      const atoms = [...split(monomialA, '*'), ...split(monomialB, '*')].filter((atom) => atom !== '');
      accumulate(product, atoms.sort().join('*'), x * y);
    }
  }
  return format(product);
}

export function subtract(a: Dim, b: Dim): Dim {
  return add(a, multiply(b, -1));
}

/** a / b where b divides a exactly (b a number or one monomial); undefined where that cannot be known. */
export function divideExactly(a: Dim, b: Dim): Dim | undefined {
  if (b === 1) return a;
  if (a === b) return 1;
  const divisor = parse(b);
  if (divisor.size !== 1) return undefined;
  const [[monomialB, y]] = divisor as unknown as [[string, number]];
  const quotient: Polynomial = new Map();
  for (const [monomialA, x] of parse(a)) {
    const atoms = monomialA === '' ? [] : split(monomialA, '*');
    for (const atom of monomialB === '' ? [] : split(monomialB, '*')) {
      const at = atoms.indexOf(atom);
      if (at < 0) return undefined;
      atoms.splice(at, 1);
    }
    if (x % y !== 0) return undefined;
    accumulate(quotient, atoms.join('*'), x / y);
  }
  return format(quotient);
}

function quotient(a: Dim, b: Dim): string {
  const [x, y] = [a, b].map((dim) => (/[+*]/.test(String(dim)) ? `(${dim})` : String(dim)));
  return `${x}/${y}`;
}

/** floor(a / b); a formula where the quotient is not exact. */
export function divide(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return Math.floor(a / b);
  return divideExactly(a, b) ?? formula('floor', [quotient(a, b)]);
}

/** ceil(a / b); a formula where the quotient is not exact. */
export function divideUp(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return Math.ceil(a / b);
  return divideExactly(a, b) ?? formula('ceil', [quotient(a, b)]);
}

/** The number of elements of a shape. */
export function product(dims: readonly Dim[]): Dim {
  return dims.reduce<Dim>((total, dim) => multiply(total, dim), 1);
}

/** `[batch, 64]`, for messages. */
export function showDims(dims: readonly Dim[]): string {
  return `[${dims.join(', ')}]`;
}

/**
 * The shape that numpy broadcasting gives two shapes. A symbol beside a number greater than 1 is taken to be that
 * number or 1; two different symbols give the formula `max`.
 * @throws Error if two numbers differ and neither is 1
 */
export function broadcastDims(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    if (typeof x === 'number' && typeof y === 'number') {
      throw new Error(`${showDims(a)} and ${showDims(b)} do not broadcast: ${x} against ${y}`);
    }
    if (typeof x === 'number') return x;
    if (typeof y === 'number') return y;
    return formula('max', [x, y].sort());
  });
}
