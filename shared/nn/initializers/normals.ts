/** A source of uniform numbers in [0, 1). */
export interface Uniform {
  next(): number;
}

/**
 * Fills an array with N(0, deviation²) by Box and Muller (1958). What is farther out than `cut` standard deviations is drawn
 * again.
 */
export function normals(
  values: Float32Array | Float64Array,
  random: Uniform,
  deviation: number,
  cut = Number.POSITIVE_INFINITY,
): void {
  let index = 0;
  while (index < values.length) {
    // 1 - u is in (0, 1]: its logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    const angle = 2 * Math.PI * random.next();
    // Written out: a list of the two takes a third of the time of millions of weights.
    const first = radius * Math.cos(angle);
    if (Math.abs(first) <= cut) values[index++] = first * deviation;
    const second = radius * Math.sin(angle);
    if (index < values.length && Math.abs(second) <= cut) values[index++] = second * deviation;
  }
}
