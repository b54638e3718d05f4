/**
 * Where GPT-2 cuts a text before byte-pair encoding: contractions, words, numbers and punctuation with the space before them,
 * and runs of white space. White space is Unicode's, as in Rust's regular expressions, not JavaScript's.
 */
const WORDS =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** The pieces of a text; together they are the text. */
export function* splitWords(text: string): Generator<string> {
  for (const match of text.matchAll(WORDS)) yield match[0];
}
