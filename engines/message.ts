/**
 * The text of whatever was thrown, on one line: ONNX Runtime's messages end in line breaks, and its WebAssembly
 * build throws numbers as well.
 */
export function messageOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replace(/\s+/g, ' ').trim();
}
