import type { z } from 'zod';
import type { LayerJob, ModelJob } from '../../job/job.ts';
import { parseLayer } from '../layers/parse.ts';
import { layers } from '../layers/registry.ts';
import { apply, type Value } from './graph.ts';

type Registry = typeof layers;

/** `leaky-relu` is `leakyRelu`. */
type Camel<Word extends string> = Word extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Word;

/** A layer of a list, which can also be applied to a value: `dense(64)(x)`. */
export interface Layer extends LayerJob {
  (input: Value): Value;
}

/** Options as in a job file, under their names there: `{ 'kv-heads': 2 }`. What has a default may be left out. */
type Options<Word extends keyof Registry> = z.input<Registry[Word]['schema']>;

/** The value of the main option, as `dense: 64` in a job file. */
type Short<Word extends keyof Registry> = Registry[Word] extends { readonly shorthand?: string }
  ? Options<Word>[keyof Options<Word>]
  : never;

/** `Record<never, never>` rather than `object`: Zod types a layer without options as `Record<string, never>`. */
type Make<Word extends keyof Registry> =
  Record<never, never> extends Options<Word>
    ? (options?: Options<Word> | Short<Word>) => Layer
    : (options: Options<Word> | Short<Word>) => Layer;

/** Layers that join labelled values or name them: `add`, `concatenate` and the like do so in this form. */
type Joining = 'label' | 'from' | 'add' | 'multiply' | 'concatenate' | 'dot';

/**
 * A function for every layer of a job file, in camel case: `nn.dense(64)`, `nn.conv({ filters: 8, kernel: 3 })`.
 *
 * @throws ModelBuildError for wrong options
 */
export const nn = Object.fromEntries(
  Object.keys(layers).map((word) => [camel(word), (options?: unknown) => layerOf(word, options)]),
) as unknown as { readonly [Word in Exclude<keyof Registry, Joining> as Camel<Word>]: Make<Word> };

/** Layers one after the other: the `model` of a job, as `model: { layers: […] }` gives it. */
export function sequential(list: readonly LayerJob[]): ModelJob {
  return { kind: 'layers', layers: list.map(({ type, options }) => ({ type, options })) };
}

function layerOf(word: string, options: unknown): Layer {
  const given = options === undefined ? word : { [word]: plain(options) };
  const { type, options: checked } = parseLayer(given, []);
  const job: LayerJob = { type, options: checked };
  return Object.assign((input: Value) => apply(job, [input]), job);
}

/** Nested layers without their functions: a job is data. */
function plain(options: unknown): unknown {
  if (typeof options === 'function') {
    const { type, options: inner } = options as Layer;
    return { type, options: inner };
  }
  if (Array.isArray(options)) return options.map(plain);
  if (typeof options !== 'object' || options === null) return options;
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key, plain(value)]));
}

function camel(word: string): string {
  return word.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
