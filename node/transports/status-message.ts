/**
 * A text as gRPC's `grpc-message` (PROTOCOL-HTTP2.md, Responses): percent-encoded, but for printable ASCII. Readers decode
 * as `decodeURI` does, so what that leaves encoded must not be.
 */
export function statusMessage(text: string): string {
  // What was cut in the middle of a character would be no URI.
  return encodeURI(Buffer.from(text).toString());
}
