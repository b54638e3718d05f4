import type { RunDescription } from '../run/description.ts';
import { writeWhole } from './write-whole.ts';

/** `shakespeare.onnx` to `shakespeare.tokenizer.json`. */
export function tokenizerFileOf(model: string): string {
  return `${model.replace(/\.onnx$/i, '')}.tokenizer.json`;
}

/** Writes the tokenizer of a run's tokens beside its model; undefined where there is none. */
export async function exportTokenizer({ data }: RunDescription, model: string): Promise<string | undefined> {
  const json = data.readTokenizer();
  if (json === undefined) return undefined;
  const file = tokenizerFileOf(model);
  await writeWhole(file, new TextEncoder().encode(json));
  return file;
}
