/** An equation with its ellipses written out: a label for every axis of every operand, and of the result. */
export interface EinsumEquation {
  readonly operands: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/** Labels of the axes that an ellipsis covers, aligned at the right: `.2`, `.1`, `.0`. */
const ellipsis = (axes: number): string[] => Array.from({ length: axes }, (_, k) => `.${axes - 1 - k}`);

/**
 * Reads an equation of Einsum (ONNX specification; numpy.einsum): letters, `...`, an optional `->`. Without an arrow
 * the result has the ellipsis and then, sorted, the letters that occur once.
 *
 * @param ranks the number of dimensions of each operand
 * @throws Error that says what is wrong
 */
export function parseEinsum(equation: string, ranks: readonly number[]): EinsumEquation {
  const [left = '', right, ...more] = equation.replaceAll(' ', '').split('->');
  if (more.length > 0) throw new Error(`equation ${JSON.stringify(equation)} has more than one arrow`);
  const terms = left.split(',');
  if (terms.length !== ranks.length) {
    throw new Error(
      `equation ${JSON.stringify(equation)} has ${terms.length} terms for ${ranks.length} inputs`,
    );
  }
  const operands = terms.map((term, k) => labelsOf(term, equation, ranks[k] as number));
  const widest = operands.flat().filter((label) => label.startsWith('.'));
  const covered = widest.reduce((most, label) => Math.max(most, Number(label.slice(1)) + 1), 0);
  const output = right === undefined ? implicit(operands, covered) : explicit(right, equation, covered);
  const known = new Set(operands.flat());
  for (const label of output) {
    if (!known.has(label)) {
      throw new Error(
        `equation ${JSON.stringify(equation)}: ${JSON.stringify(label)} of the result is in no term`,
      );
    }
  }
  if (new Set(output).size !== output.length) {
    throw new Error(`equation ${JSON.stringify(equation)} names an axis of the result twice`);
  }
  return { operands, output };
}

function labelsOf(term: string, equation: string, rank: number): string[] {
  const [before = '', after, ...more] = letters(term, equation);
  const named = before.length + (after?.length ?? 0);
  if (more.length > 0) throw new Error(`term ${JSON.stringify(term)} has more than one ellipsis`);
  if (after === undefined ? named !== rank : named > rank) {
    throw new Error(`term ${JSON.stringify(term)} does not fit an input with ${rank} dimensions`);
  }
  return [...before, ...(after === undefined ? [] : ellipsis(rank - named)), ...(after ?? '')];
}

function explicit(term: string, equation: string, covered: number): string[] {
  const [before = '', after, ...more] = letters(term, equation);
  if (more.length > 0) throw new Error(`the result ${JSON.stringify(term)} has more than one ellipsis`);
  return [...before, ...(after === undefined ? [] : ellipsis(covered)), ...(after ?? '')];
}

function implicit(operands: readonly (readonly string[])[], covered: number): string[] {
  const all = operands.flat().filter((label) => !label.startsWith('.'));
  const once = all.filter((label) => all.indexOf(label) === all.lastIndexOf(label));
  return [...ellipsis(covered), ...once.sort()];
}

/** The letters of a term, split at its ellipsis. */
function letters(term: string, equation: string): string[] {
  const parts = term.split('...');
  if (parts.some((part) => !/^[A-Za-z]*$/.test(part))) {
    throw new Error(
      `equation ${JSON.stringify(equation)}: term ${JSON.stringify(term)} may have letters and one ...`,
    );
  }
  return parts;
}
