import { z } from 'zod';
import { choice } from './choice.ts';
import type { InputBinding, LoraJob, OnnxModelJob, OnnxOutputJob } from './job.ts';
import { layerListSchema } from './layer-schema.ts';

const globs = z.array(z.string().min(1).max(500)).max(1000);

const nothing = z.strictObject({});

const inputSchema = choice<InputBinding>(
  {
    id: 'model-input',
    description: 'What an input of an ONNX model takes.',
    alternatives: {
      features: { schema: nothing, description: "The data's features.", example: 'features' },
      ones: { schema: nothing, description: 'Ones: an attention mask that hides nothing.', example: 'ones' },
      zeros: { schema: nothing, description: 'Zeros: token types of a single text.', example: 'zeros' },
      range: { schema: nothing, description: '0, 1, 2, … along the last axis: positions.', example: 'range' },
      'not-padding': {
        schema: z.strictObject({
          padding: z
            .int()
            .default(0)
            .meta({ description: 'The token that fills up short texts.', examples: [0] }),
        }),
        shorthand: 'padding',
        description: '1 where a token is not padding, 0 where it is: an attention mask.',
        example: '{ not-padding: 0 }',
      },
    },
  },
  (kind, options) => ({ kind, ...options }) as InputBinding,
);

const loraSchema = z.strictObject({
  rank: z
    .int()
    .positive()
    .max(4096)
    .default(8)
    .meta({ description: 'Rank of the adapters: columns of A, rows of B.', examples: [8] }),
  alpha: z
    .number()
    .positive()
    .default(16)
    .meta({ description: 'The adapter counts alpha / rank times.', examples: [16] }),
  targets: globs.min(1).meta({
    description:
      'Which weights get an adapter, by their name or that of the node that reads them; * is any text.',
    examples: [['*.query.weight', '*.value.weight']],
  }),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .meta({ description: "Dropout of the adapters' input, in training.", examples: [0.05] }),
  dora: z
    .boolean()
    .optional()
    .meta({
      description:
        'Weight-decomposed (Liu et al. 2024): a magnitude for each output is trained beside the direction of the weight. Of MatMul, Gemm and Conv.',
      examples: [true],
    }),
});

const headSchema = z.strictObject({
  at: z
    .string()
    .min(1)
    .default('last')
    .meta({
      description:
        'Where the new layers begin: a value or a node, or `last`: in place of the last dense layer.',
      examples: ['last'],
    }),
  layers: layerListSchema.min(1).meta({ description: 'The new layers.', examples: [[{ dense: 5 }]] }),
});

const outputName = z.string().min(1).max(500);

const outputsSchema = z.record(
  z.string(),
  z.union([
    outputName,
    z.strictObject({
      output: outputName.optional().meta({ description: 'The file’s output.', examples: ['logits'] }),
      head: headSchema.optional().meta({
        description: 'Layers in place of its end.',
        examples: [{ layers: [{ dense: 5 }] }],
      }),
    }),
  ]),
);

/** Options of `model: { onnx: … }`. */
export const onnxSchema = z.strictObject({
  path: z
    .string()
    .min(1)
    .meta({ description: 'The file, relative to the job file.', examples: ['model.onnx'] }),
  inputs: z
    .record(z.string(), inputSchema)
    .optional()
    .meta({
      description: 'What each input takes, where the model has several: one takes the features.',
      examples: [{ input_ids: 'features', attention_mask: 'ones' }],
    }),
  output: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: 'The output that is trained, where the model has several.',
      examples: ['last_hidden_state'],
    }),
  dims: z
    .record(z.string(), z.int().positive())
    .optional()
    .meta({
      description: 'Sizes of symbolic dimensions that the data do not say.',
      examples: [{ sequence: 128 }],
    }),
  train: globs.optional().meta({
    description:
      'Only these weights train, by their name or that of the node that reads them; * is any text.',
    examples: [['encoder.layer.5.*']],
  }),
  freeze: globs
    .optional()
    .meta({ description: 'These weights stay as they are.', examples: [['embeddings.*']] }),
  'batch-norm': z
    .enum(['train', 'frozen'])
    .default('train')
    .meta({
      description: 'Whether batch normalisation measures the batch, or keeps to the statistics of the file.',
      examples: ['frozen'],
    }),
  head: headSchema.optional().meta({
    description: 'Layers in place of the end of the model.',
    examples: [{ layers: [{ dense: 5 }] }],
  }),
  outputs: outputsSchema.optional().meta({
    description:
      'Of several targets (data.targets), by their names: the output of each, where the file calls it otherwise, and a head of its own.',
    examples: [{ digit: 'logits', even: { output: 'logits', head: { layers: [{ dense: 1 }] } } }],
  }),
});

/** Keys beside `onnx`. */
export const besideOnnxSchema = z.strictObject({
  lora: loraSchema.optional().meta({
    description:
      'Low-rank adapters instead of whole weights (Hu et al. 2021): only they are trained and travel.',
    examples: [{ rank: 8, alpha: 16, targets: ['*query*', '*value*'] }],
  }),
});

/** Of checked options. */
export function onnxModelJob(options: Readonly<Record<string, unknown>>): OnnxModelJob {
  const { path, inputs, output, dims, train, freeze, head, outputs, lora } =
    options as unknown as OnnxModelJob;
  return {
    kind: 'onnx',
    path,
    ...(inputs ? { inputs } : {}),
    ...(output === undefined ? {} : { output }),
    ...(dims ? { dims } : {}),
    ...(train ? { train } : {}),
    ...(freeze ? { freeze } : {}),
    ...(options['batch-norm'] === 'frozen' ? { batchNorm: 'frozen' as const } : {}),
    ...(head ? { head } : {}),
    ...(outputs ? { outputs: outputsJob(outputs) } : {}),
    ...(lora ? { lora: lora as LoraJob } : {}),
  };
}

/** A name alone is the output's. */
function outputsJob(
  outputs: Readonly<Record<string, string | OnnxOutputJob>>,
): Readonly<Record<string, OnnxOutputJob>> {
  const entries = Object.entries(outputs).map(([target, given]) => {
    const { output, head } = typeof given === 'string' ? { output: given } : given;
    return [target, { ...(output === undefined ? {} : { output }), ...(head ? { head } : {}) }];
  });
  return Object.fromEntries(entries) as Record<string, OnnxOutputJob>;
}
