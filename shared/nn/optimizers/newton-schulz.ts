import type { Kernels } from '../../parameters/kernels.ts';
import type { Vector } from '../../parameters/memory.ts';

/** K. Jordan's quintic: steepest at zero; the singular values end in about [0.7, 1.2], not at 1. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
/** PyTorch's floor of the norm. */
const EPSILON = 1e-7;

/** Floats of workspace for a matrix: the matrix, its transpose or a copy, and two square ones of its shorter side. */
export function orthogonalizeFloats(rows: number, columns: number): number {
  const short = Math.min(rows, columns);
  return 2 * rows * columns + 2 * short * short;
}

/**
 * Replaces the matrix [rows, columns] at the start of the workspace by one with the same singular vectors and singular
 * values near 1: X ← aX + (bA + cA²)X with A = XXᵀ, after X ← X/‖X‖.
 *
 * @throws RangeError when the workspace is shorter than `orthogonalizeFloats`
 */
export function orthogonalize(
  kernels: Kernels,
  workspace: Vector,
  rows: number,
  columns: number,
  iterations: number,
): void {
  const size = rows * columns;
  const tall = rows > columns;
  const [short, long] = tall ? [columns, rows] : [rows, columns];
  const given = workspace.slice(0, size);
  let x = given;
  let next = workspace.slice(size, 2 * size);
  const product = workspace.slice(2 * size, 2 * size + short * short);
  const polynomial = workspace.slice(2 * size + short * short, 2 * size + 2 * short * short);
  if (tall) {
    transpose(next.view, given.view, rows, columns);
    [x, next] = [next, x];
  }
  kernels.scale(x, 1 / Math.max(EPSILON, Math.sqrt(kernels.sumOfSquares(x))));
  for (let i = 0; i < iterations; i++) {
    kernels.gram(product, x, short, long);
    // The product is symmetric: its square is its own Gram matrix.
    kernels.gram(polynomial, product, short, short);
    kernels.lerp(polynomial, C, product, B);
    kernels.copy(next, x);
    kernels.scale(next, A);
    kernels.multiplyAdd(next, polynomial, x, short, short, long);
    [x, next] = [next, x];
  }
  if (!tall) {
    if (x !== given) kernels.copy(given, x);
    return;
  }
  if (x === given) {
    kernels.copy(next, x);
    x = next;
  }
  transpose(given.view, x.view, columns, rows);
}

function transpose(target: Float32Array, source: Float32Array, rows: number, columns: number): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) target[j * rows + i] = source[i * columns + j]!;
  }
}
