import { z } from 'zod';
import { modelRegistry } from '../nn/models/registry.ts';
import { choice } from './choice.ts';
import { outputName } from './common-schema.ts';
import { dataSchema } from './data-schema.ts';
import { ganModel, judgeSchema } from './gan-schema.ts';
import type { EvaluateJob, GanModelJob, Job, ModelJob } from './job.ts';
import { layerListSchema } from './layer-schema.ts';
import type { LossSumJob } from './loss-job.ts';
import { lossSchema, outputLossSchema } from './loss-schema.ts';
import { membersSchema } from './members-schema.ts';
import { memorySchema } from './memory-schema.ts';
import { defaultMetric, optionalMetricNames } from './metric-names.ts';
import { besideOnnxSchema, onnxModelJob, onnxSchema } from './onnx-schema.ts';
import { optimizerSchema } from './optimizer-schema.ts';
import { scheduleSchema } from './schedule-schema.ts';
import { simulationSchema } from './simulation-schema.ts';
import { strategySchema } from './strategy-schema.ts';
import { wireSchema } from './wire-schema.ts';

export const modelSchema = choice<ModelJob>(
  {
    id: 'model',
    description: 'What is trained.',
    alternatives: {
      layers: {
        schema: z.strictObject({
          list: layerListSchema.min(1).meta({ description: 'Layers in order.', examples: [[{ dense: 10 }]] }),
        }),
        shorthand: 'list',
        description: 'Layers in order; the last one makes a value for each class, or one.',
        example: '{ layers: [flatten, { dense: 64 }, relu, { dense: 10 }] }',
      },
      ...modelRegistry,
      onnx: {
        schema: onnxSchema,
        shorthand: 'path',
        description: 'An ONNX file: its float weights are trained further.',
        example: '{ onnx: model.onnx }',
        beside: besideOnnxSchema,
      },
      gan: ganModel,
    },
  },
  (name, options): ModelJob => {
    if (name === 'layers') return { kind: 'layers', layers: options['list'] as never };
    if (name === 'onnx') return onnxModelJob(options);
    if (name === 'gan') return { kind: 'gan', ...options } as GanModelJob;
    return { kind: 'named', name, options };
  },
);

const often = (unit: string) =>
  z.strictObject({
    count: z
      .int()
      .positive()
      .default(1)
      .meta({ description: `How many ${unit}.`, examples: [1] }),
  });

const everySchema = choice<EvaluateJob['every']>(
  {
    id: 'interval',
    description: 'In epochs or in rounds.',
    alternatives: {
      epochs: {
        schema: often('epochs'),
        shorthand: 'count',
        description: 'Epochs.',
        example: '{ epochs: 1 }',
      },
      rounds: {
        schema: often('rounds'),
        shorthand: 'count',
        description: 'Rounds.',
        example: '{ rounds: 50 }',
      },
    },
  },
  (unit, options) => ({ [unit]: options['count'] }) as unknown as EvaluateJob['every'],
);

const length = z.int().positive().max(1e9);

/** The job file, as people write it, and the job that it becomes. */
export const jobSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
      .meta({
        description: 'Name of the job: letters, digits, dots, dashes, underscores.',
        examples: ['digits'],
      }),
    data: dataSchema.meta({
      description: 'Where the rows come from and what they mean.',
      examples: [{ source: 'digits.csv.gz', target: { column: 'digit' } }],
    }),
    model: modelSchema.meta({ description: 'What is trained.', examples: [{ mlp: { hidden: [64] } }] }),
    loss: lossSchema
      .optional()
      .meta({ description: 'What training makes small.', examples: ['cross-entropy'] }),
    losses: z
      .record(outputName, outputLossSchema)
      .optional()
      .meta({
        description:
          'Of a model of several outputs (data.targets), in place of loss: the loss of each, by the name of the output.',
        examples: [{ digit: 'cross-entropy', even: { 'binary-cross-entropy': {}, weight: 0.3 } }],
      }),
    optimizer: optimizerSchema
      .prefault('adamw')
      .meta({ description: 'How a gradient becomes a step.', examples: [{ adamw: 0.001 }] }),
    'discriminator-optimizer': optimizerSchema.optional().meta({
      description: "Of a GAN's discriminator; `optimizer` when left out.",
      examples: [{ adam: { 'learning-rate': 0.0004, beta1: 0.5 } }],
    }),
    'clip-norm': z
      .number()
      .positive()
      .optional()
      .meta({ description: 'Clip the aggregated gradient to this L2 norm.', examples: [1] }),
    schedule: scheduleSchema
      .prefault('constant')
      .meta({ description: 'How the learning rate changes.', examples: [{ cosine: { warmup: 100 } }] }),
    strategy: strategySchema
      .prefault('synchronous')
      .meta({ description: 'How members train together.', examples: ['synchronous'] }),
    epochs: length
      .optional()
      .meta({ description: 'Passes over the training rows. Either this or rounds.', examples: [12] }),
    rounds: length.optional().meta({ description: 'Rounds. Either this or epochs.', examples: [1000] }),
    batch: z
      .int()
      .positive()
      .max(1e7)
      .default(64)
      .meta({
        description: 'Global batch: examples of one optimizer step over all members.',
        examples: [64],
      }),
    memory: memorySchema.optional().meta({
      description: 'How members save memory: at the price of time, or of precision.',
      examples: [{ recompute: 'auto' }, { 'micro-batch': 8 }, { precision: 'mixed' }],
    }),
    seed: z
      .int()
      .nonnegative()
      .max(2 ** 32 - 1)
      .default(0)
      .meta({ description: 'Seed of the split, the weights, the order and the noise.', examples: [7] }),
    wire: wireSchema.prefault('f32').meta({
      description: 'Encoding of weights and updates between processes.',
      examples: ['f16', { down: 'f16', up: { 'top-k': 0.01 } }],
    }),
    evaluate: z
      .strictObject({
        every: everySchema.optional().meta({
          description: 'How often. Once an epoch when left out; in a job of rounds, ten times in all.',
          examples: [{ epochs: 1 }, { rounds: 50 }],
        }),
        metrics: z
          .array(z.string().min(1))
          .default([])
          .meta({
            description: `Metrics beside those that every evaluation has: ${optionalMetricNames.join(', ')}.`,
            examples: [['macro-f1', 'log-loss']],
          }),
        participants: z
          .int()
          .positive()
          .max(1e5)
          .default(100)
          .meta({
            description:
              'Of data that members hold: participants that evaluate on rows of their own, each time.',
            examples: [100],
          }),
        'fine-tune': z
          .int()
          .positive()
          .optional()
          .meta({
            description:
              'Of data that members hold: epochs of training on a participant’s own rows before the last evaluation there.',
            examples: [5],
          }),
        judge: judgeSchema.optional(),
      })
      .prefault({})
      .meta({ description: 'Evaluation on the held-out rows.', examples: [{ every: { epochs: 1 } }] }),
    ema: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .meta({
        description: 'Decay of a moving average of the weights, which evaluation and export use.',
        examples: [0.999],
      }),
    'early-stopping': z
      .strictObject({
        metric: z
          .string()
          .min(1)
          .default('loss')
          .meta({
            description: 'The metric to watch; also one of the memberMetrics of a strategy module.',
            examples: ['accuracy'],
          }),
        patience: z
          .int()
          .positive()
          .default(5)
          .meta({ description: 'Stop after so many evaluations without a better value.', examples: [5] }),
        'min-delta': z
          .number()
          .nonnegative()
          .default(0)
          .meta({ description: 'What counts as better.', examples: [0.001] }),
      })
      .optional()
      .meta({
        description: 'Stop when nothing improves any more.',
        examples: [{ metric: 'loss', patience: 5 }],
      }),
    checkpoint: z
      .strictObject({
        rounds: z
          .int()
          .positive()
          .optional()
          .meta({
            description: 'Commit at least every so many rounds: 100 when synchronous, else 1, if left out.',
            examples: [100],
          }),
        seconds: z
          .number()
          .positive()
          .default(30)
          .meta({ description: 'Commit at least after so many seconds.', examples: [30] }),
        keep: z
          .int()
          .positive()
          .default(3)
          .meta({ description: 'The last so many are kept.', examples: [3] }),
        best: z
          .string()
          .min(1)
          .optional()
          .meta({
            description:
              'The best by this metric is kept too; none: not. If left out accuracy, for symbols label-error-rate, for numbers, texts and several outputs loss, of a GAN that is judged frechet-distance.',
            examples: ['accuracy', 'none'],
          }),
      })
      .prefault({})
      .meta({ description: 'What survives a crash.', examples: [{ rounds: 100, keep: 3 }] }),
    members: membersSchema,
    simulation: simulationSchema.optional(),
  })
  .transform((file): Job => {
    const early = file['early-stopping'];
    // A generator's loss says how its opponent does, not how good it is.
    const isGan = file.model.kind === 'gan';
    const metric = isGan
      ? file.evaluate.judge
        ? 'frechet-distance'
        : 'none'
      : defaultMetric(file.data.target.type);
    const isFederated = file.data.heldBy === 'members';
    const isMeasured = file.data.test > 0 || (isFederated && file.data.source !== '');
    const best = file.checkpoint.best ?? (isMeasured ? metric : 'none');
    return {
      name: file.name,
      data: file.data,
      model: file.model,
      // That it has exactly one of the two is for the cross-checks to say.
      loss: file.losses ? sumOf(file.losses) : file.loss!,
      optimizer: file.optimizer,
      ...(file['discriminator-optimizer'] && { discriminatorOptimizer: file['discriminator-optimizer'] }),
      clipNorm: file['clip-norm'],
      schedule: file.schedule,
      strategy: file.strategy,
      epochs: file.epochs,
      rounds: file.rounds,
      batch: file.batch,
      ...(file.memory && { memory: file.memory }),
      seed: file.seed,
      wire: file.wire,
      evaluate: {
        every: file.evaluate.every ?? (file.rounds ? { rounds: Math.ceil(file.rounds / 10) } : { epochs: 1 }),
        metrics: file.evaluate.metrics,
        ...(isFederated && { participants: file.data.test > 0 ? file.evaluate.participants : 0 }),
        ...(file.evaluate['fine-tune'] && { fineTune: file.evaluate['fine-tune'] }),
        ...(file.evaluate.judge && { judge: file.evaluate.judge }),
      },
      ema: file.ema,
      earlyStopping: early && {
        metric: early.metric,
        patience: early.patience,
        minDelta: early['min-delta'],
      },
      checkpoint: {
        rounds: file.checkpoint.rounds ?? (file.strategy.kind === 'synchronous' ? 100 : 1),
        seconds: file.checkpoint.seconds,
        keep: file.checkpoint.keep,
        best: best === 'none' ? undefined : best,
      },
      members: file.members,
      ...(file.simulation && {
        simulation: { ...file.simulation, heldOut: file.data.source === '' ? file.simulation.heldOut : 0 },
      }),
    };
  });

function sumOf(losses: Readonly<Record<string, z.output<typeof outputLossSchema>>>): LossSumJob {
  return { kind: 'sum', terms: Object.entries(losses).map(([output, term]) => ({ output, ...term })) };
}
