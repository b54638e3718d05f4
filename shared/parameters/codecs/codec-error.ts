/** Encoded bytes that do not fit the vector they are for, or numbers that an encoding cannot hold. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

/** @param range the encoding's, in words: `float16's range (±65504)` */
export function beyondRange(count: number, of: number, range: string): CodecError {
  return new CodecError(
    `${count} of ${of} numbers are beyond ${range}. Use the f32 wire, clip the gradient, or lower the learning rate.`,
  );
}
