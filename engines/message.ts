/** The text of whatever was thrown; the WebAssembly build of ONNX Runtime throws numbers as well. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
