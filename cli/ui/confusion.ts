import { type Confusion, perClass } from '../../shared/nn/metrics/confusion.ts';

/** How well one class is found, and what it is mostly taken for. */
export interface ClassResult {
  readonly name: string;
  readonly rows: number;
  readonly recall: number;
  /** The class that most of its errors went to. */
  readonly confusedWith: { readonly name: string; readonly rows: number } | undefined;
}

/** The classes with the lowest recall, worst first; those without an error and those without rows are left out. */
export function worstClasses(classes: readonly string[], confusion: Confusion, most: number): ClassResult[] {
  return perClass(confusion)
    .filter(({ support, recall }) => support > 0 && recall < 1)
    .sort((a, b) => a.recall - b.recall || a.index - b.index)
    .slice(0, most)
    .map(({ index, support, recall, mistakenFor }) => ({
      name: classes[index] ?? String(index),
      rows: support,
      recall,
      confusedWith:
        mistakenFor === undefined
          ? undefined
          : { name: classes[mistakenFor] ?? String(mistakenFor), rows: confusion[index]![mistakenFor]! },
    }));
}
