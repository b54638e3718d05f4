/** The run has no model to hand out, or the file would not compute what the trained weights compute. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
}

/** The run has not what was asked for: adapters, a best version, a second model. Nothing is wrong with it. */
export class NotInRunError extends Error {
  override readonly name = 'NotInRunError';
}

/** The weights that were asked for are no numbers, and what there is instead. */
export class DivergedError extends ExportError {
  readonly diverged = true;
}

/** What the trained weights say is not finite, so there is nothing to compare a file with. */
export class NonFiniteError extends ExportError {}
