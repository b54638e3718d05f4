/** Sweeps over all pairs; a dozen are enough for matrices of hundreds of rows. */
const MOST_SWEEPS = 50;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations (Golub and Van Loan, "Matrix computations", 8.5).
 *
 * @param matrix [size, size], row by row; its lower half is taken to mirror the upper
 * @returns values in no order; vectors [size, size], a column each
 */
export function symmetricEigen(
  matrix: Float64Array,
  size: number,
): { readonly values: Float64Array; readonly vectors: Float64Array } {
  const a = Float64Array.from(matrix, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return matrix[i <= j ? at : j * size + i]!;
  });
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
  const scale = a.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a, size) > 1e-28 * scale; sweep++) {
    for (let p = 0; p < size - 1; p++) for (let q = p + 1; q < size; q++) rotate(a, vectors, size, p, q);
  }
  return { values: Float64Array.from({ length: size }, (_, i) => a[i * size + i]!), vectors };
}

function offDiagonal(a: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) if (i !== j) sum += a[i * size + j]! ** 2;
  return sum;
}

/** The rotation in the plane of p and q that makes a[p, q] zero. */
function rotate(a: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const between = a[p * size + q]!;
  if (between === 0) return;
  const theta = (a[q * size + q]! - a[p * size + p]!) / (2 * between);
  const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  const turn = (matrix: Float64Array, left: number, right: number) => {
    const [x, y] = [matrix[left]!, matrix[right]!];
    matrix[left] = cosine * x - sine * y;
    matrix[right] = sine * x + cosine * y;
  };
  for (let k = 0; k < size; k++) turn(a, k * size + p, k * size + q);
  for (let k = 0; k < size; k++) turn(a, p * size + k, q * size + k);
  for (let k = 0; k < size; k++) turn(vectors, k * size + p, k * size + q);
}
