import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CachedSteps } from '../coordinator/export/cached-steps.ts';
import { generationFileOf } from '../coordinator/export/export-generation.ts';
import { tokenizerFileOf } from '../coordinator/export/export-tokenizer.ts';
import type { Engine, Executable } from '../engines/engine.ts';
import { openModelFile } from '../node/files/model-file.ts';
import { inFile } from '../shared/onnx/errors.ts';
import type { Model } from '../shared/onnx/model.ts';
import { readModel } from '../shared/onnx/read.ts';
import { float32, type Tensor } from '../shared/onnx/tensor.ts';
import { cachesOf } from '../shared/programs/generate.ts';
import { command } from '../shared/text/command.ts';
import { Tokenizer } from '../shared/text/tokenizer.ts';
import { UsageError } from './errors.ts';

/** A model that says what comes next. */
export interface TextModel {
  /** Logits of the token after these; only the end that the model can see counts. At least one token. */
  next(tokens: readonly number[]): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * Loads a model that predicts the next token: with kept keys and values where `…-generate.onnx` is beside it, else the whole
 * window for every token.
 *
 * @throws UsageError when it is no such model
 */
export async function loadTextModel(engine: Engine, file: string): Promise<TextModel> {
  const generation = generationFileOf(file);
  const chosen = existsSync(generation) ? generation : file;
  const model = inFile(chosen, () => readModel(openModelFile(chosen)));
  if (cachesOf(model).length > 0) return new CachedText(await CachedSteps.load(engine, model));
  return WindowText.load(engine, model, chosen);
}

/**
 * @throws UsageError when the model predicts no next token, so that nobody looks for a tokenizer for it
 */
export function refuseOther(model: Model, file: string): void {
  if (cachesOf(model).length > 0 || textPorts(model)) return;
  const outputs = model.graph.outputs.map(({ name, dims }) => `${name} [${dims.join(', ')}]`).join(', ');
  throw new UsageError(
    `${file} is no language model: it gives ${outputs}, and one that writes takes token ids [batch, time] and gives logits [batch, time, tokens]. ${command('predict')} asks a model for classes and values.`,
  );
}

/** Input and output of a model that sees a window of tokens; undefined for any other. */
function textPorts({ graph }: Model) {
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const [input] = inputs;
  const output = graph.outputs.find(({ name }) => name === 'logits') ?? graph.outputs[0];
  const time = input?.dims[1];
  const classes = output?.dims.at(-1);
  if (
    inputs.length !== 1 ||
    (input?.type !== 'int32' && input?.type !== 'int64') ||
    input.dims.length !== 2 ||
    output?.dims.length !== 3 ||
    typeof time !== 'number' ||
    typeof classes !== 'number'
  )
    return undefined;
  return { input: { name: input.name, type: input.type, time }, output: { name: output.name, classes } };
}

/**
 * The tokenizer of a model: `<model>.tokenizer.json`, or `tokenizer.json` in its folder.
 *
 * @throws UsageError when there is none, or it is of a kind that is not supported
 */
export async function loadTokenizer(model: string): Promise<Tokenizer> {
  const candidates = [
    tokenizerFileOf(model.replace(/-generate\.onnx$/i, '.onnx')),
    join(dirname(model), 'tokenizer.json'),
  ];
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw new UsageError(`${model} has no tokenizer beside it: ${candidates.join(' or ')} is needed.`);
  }
  try {
    return Tokenizer.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Sees each token once. When the context is full, it goes on from the last half of it. */
class CachedText implements TextModel {
  private seen = 0;

  constructor(private readonly steps: CachedSteps) {}

  async next(tokens: readonly number[]): Promise<Float32Array> {
    const { context } = this.steps;
    const fresh = tokens.length - this.seen;
    if (this.steps.length + fresh > context) {
      this.steps.reset();
      this.seen = tokens.length - Math.min(tokens.length, Math.max(1, Math.floor(context / 2)));
    }
    let logits: Float32Array | undefined;
    for (const token of tokens.slice(this.seen)) logits = await this.steps.step(token);
    this.seen = tokens.length;
    if (!logits) throw new RangeError('There is no new token to go on from.');
    return logits;
  }

  release(): Promise<void> {
    return this.steps.release();
  }
}

/** Runs the whole graph for every token. A causal model does not see what fills the window up behind the text. */
class WindowText implements TextModel {
  private constructor(
    private readonly executable: Executable,
    private readonly input: {
      readonly name: string;
      readonly type: 'int32' | 'int64';
      readonly time: number;
    },
    private readonly output: { readonly name: string; readonly classes: number },
  ) {}

  static async load(engine: Engine, model: Model, file: string): Promise<WindowText> {
    const ports = textPorts(model);
    if (!ports) {
      throw new UsageError(
        `${file} does not predict the next token: it must take token ids [batch, time] and give logits [batch, time, tokens].`,
      );
    }
    return new WindowText(await engine.compile({ model }), ports.input, ports.output);
  }

  async next(tokens: readonly number[]): Promise<Float32Array> {
    const { input, output } = this;
    const window = tokens.slice(-input.time);
    const filled = [...window, ...new Array<number>(input.time - window.length).fill(0)];
    const features: Tensor = {
      type: input.type,
      dims: [1, input.time],
      data: input.type === 'int32' ? Int32Array.from(filled) : BigInt64Array.from(filled, BigInt),
    };
    const logits = new Float32Array(input.time * output.classes);
    await this.executable.run(
      { [input.name]: features },
      { [output.name]: float32([1, input.time, output.classes], logits) },
    );
    return logits.slice((window.length - 1) * output.classes, window.length * output.classes);
  }

  release(): Promise<void> {
    return this.executable.release();
  }
}
