/**
 * GPT-2's way to write bytes as text: every byte has a printable character of its own, so a vocabulary of byte strings is plain
 * JSON. Printable bytes of Latin-1 stand for themselves, the others for the characters from U+0100 on.
 */
const printable = (byte: number): boolean =>
  (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);

/** The character of each byte. */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
})();

const BYTES: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
);

/** Text as the characters of its UTF-8 bytes. */
export function toByteCharacters(text: string): string {
  let result = '';
  for (const byte of new TextEncoder().encode(text)) result += BYTE_CHARACTERS[byte];
  return result;
}

/** The text whose UTF-8 bytes these characters are; bytes that are no UTF-8 become U+FFFD. */
export function fromByteCharacters(characters: string): string {
  const bytes = Uint8Array.from(characters, (character) => BYTES.get(character) ?? 63);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
