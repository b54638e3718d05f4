/** The run has no model to hand out, or the file would not compute what the trained weights compute. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
}

/** What the trained weights say is not finite, so there is nothing to compare a file with. */
export class NonFiniteError extends ExportError {}
