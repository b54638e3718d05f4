import type { OutputTarget } from '../../../shared/data/dataset.ts';
import { probabilitiesOf } from '../../../shared/nn/specs.ts';

/** What a model says of one example: shares of classes, the largest first, or numbers. */
export interface Answer {
  /** Which of several outputs says it, or what the model calls it. */
  readonly output?: string;
  readonly shares?: readonly { readonly name: string; readonly share: number }[];
  readonly numbers?: readonly number[];
}

/** What the run's data set says of the outputs. */
export interface Told {
  /** Of one output. */
  readonly classes?: readonly string[] | undefined;
  /** Of several. */
  readonly outputs?: readonly Pick<OutputTarget, 'output' | 'classes'>[] | undefined;
}

type Outputs = Readonly<Record<string, Float32Array>>;

/** One answer for each output of the run; where the data set says nothing of classes, what the model puts out, by name. */
export function answersOf(given: Outputs, { classes, outputs }: Told): readonly Answer[] {
  if (outputs) {
    return outputs.map(({ output, classes: own }) => {
      const shares = sharesOf(given[probabilitiesOf(output)], own);
      return { output, ...(shares ? { shares } : { numbers: [...(given[output] ?? [])] }) };
    });
  }
  const shares = sharesOf(given['probabilities'], classes);
  if (shares) return [{ shares }];
  return Object.entries(given).map(([output, values]) => ({ output, numbers: [...values] }));
}

/** Of two classes there may be one number, the second's probability; undefined where there is something at every place. */
function sharesOf(
  probabilities: Float32Array | undefined,
  classes: readonly string[] | undefined,
): Answer['shares'] {
  if (!probabilities || !classes) return undefined;
  const [second = 0] = probabilities;
  const shares =
    probabilities.length === 1 && classes.length === 2 ? [1 - second, second] : [...probabilities];
  if (shares.length !== classes.length) return undefined;
  return classes.map((name, index) => ({ name, share: shares[index]! })).sort((a, b) => b.share - a.share);
}
