/** Metadata of a file whose outputs are read as a label: how, and which output is no symbol. */
const DECODING = 'tributary.decoding';
const BLANK = 'tributary.blank';
const BEST_PATH = 'ctc-best-path';

export function decodingMetadata(blank: number | undefined): Readonly<Record<string, string>> {
  return blank === undefined ? {} : { [DECODING]: BEST_PATH, [BLANK]: String(blank) };
}

/** The blank of a file that is read so; undefined of any other, or where the words are someone else's. */
export function parseDecoding(metadata: Readonly<Record<string, string>>): number | undefined {
  const blank = Number(metadata[BLANK]);
  return metadata[DECODING] === BEST_PATH && Number.isInteger(blank) && blank >= 0 ? blank : undefined;
}

/**
 * The label that the best path says (Graves et al., ICML 2006): of each step the largest output, without repetitions, then without
 * blanks.
 *
 * @param row [steps, outputs]: logits or probabilities
 * @param classes the symbols, in the order of the outputs without the blank; their numbers when undefined
 */
export function bestPath(
  row: ArrayLike<number>,
  outputs: number,
  blank: number,
  classes: readonly string[] | undefined,
): string {
  const path: number[] = [];
  let before = blank;
  for (let start = 0; start + outputs <= row.length; start += outputs) {
    let best = 0;
    for (let output = 1; output < outputs; output++) {
      if (row[start + output]! > row[start + best]!) best = output;
    }
    if (best !== blank && best !== before) path.push(best);
    before = best;
  }
  return labelOf(path, blank, classes);
}

/** Outputs that are no blanks as the label that they say; numbers with spaces between them where nobody knows the symbols. */
export function labelOf(
  path: readonly number[],
  blank: number,
  classes: readonly string[] | undefined,
): string {
  const symbols = path.map((output) => (output > blank ? output - 1 : output));
  return classes
    ? symbols
        .map((symbol) => classes[symbol] ?? `${symbol} `)
        .join('')
        .trimEnd()
    : symbols.join(' ');
}
