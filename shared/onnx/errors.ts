/** The bytes are not an ONNX model that can be read: cut off, corrupt, or with a feature that is refused. */
export class OnnxFormatError extends Error {
  override readonly name = 'OnnxFormatError';
}

/** Reads a model of a file: its errors name the file, and what would help. */
export function inFile<Result>(file: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof OnnxFormatError) {
      error.message = `${file}: ${error.message}. Check that it is the right file; if it is, export or fetch it again.`;
    } else if (error instanceof ModelError) error.message = `${file}: ${error.message}`;
    throw error;
  }
}

/** A graph that reads well but is wrong or unsupported: names the operator, its node, and what it was given. */
export class ModelError extends Error {
  override readonly name: string = 'ModelError';
  /** Every problem found, one sentence each; the message holds them all. */
  readonly problems: readonly string[];

  constructor(message: string, options: { problems?: readonly string[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.problems = options.problems ?? [message];
  }
}
