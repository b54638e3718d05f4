import { Coordinator } from '../coordinator/coordinator.ts';
import type { CoordinatedRun } from '../coordinator/run/description.ts';
import type { DatasetManifest } from '../shared/data/dataset.ts';
import type { Job } from '../shared/job/job.ts';
import { createOptimizer } from '../shared/nn/optimizers/create.ts';
import { emaDecay } from '../shared/nn/optimizers/ema.ts';
import { allocateState, stateFloats } from '../shared/nn/optimizers/state.ts';
import { GraphBuilder } from '../shared/onnx/builder.ts';
import type { Model } from '../shared/onnx/model.ts';
import { float32 } from '../shared/onnx/tensor.ts';
import { layoutOf } from '../shared/parameters/layout-of.ts';
import { type Vector, VectorMemory } from '../shared/parameters/memory.ts';
import { createRandom, type Random } from '../shared/parameters/random.ts';
import type { AssignmentId } from '../shared/protocol/assignment.ts';
import { portableHasher } from '../shared/protocol/hasher.ts';
import { gradientOf, IntegerMember } from './integer-member.ts';
import { MemoryDisk, type MemoryStore } from './memory-store.ts';
import { type MemoryChannel, MemoryNetwork } from './memory-transport.ts';
import { type Rounded, RoundedUpdates } from './rounded-updates.ts';
import { VirtualClock } from './virtual-clock.ts';

const EXAMPLES = 32;
/** A power of two: sums of whole numbers divided by it stay exact. */
const BATCH = 8;
const EPOCHS = 3;
const MEMBERS = 3;
/** Faults of each kind stop after so many, so that every run can end. */
const FAULTS = 12;
/** Virtual milliseconds after which a run that has not ended counts as stuck. */
const PATIENCE_MS = 7 * 24 * 3_600_000;

export interface ClusterResult {
  readonly weights: Float32Array;
  /** Every vector that a checkpoint holds, by name. */
  readonly vectors: ReadonlyMap<string, Float32Array>;
  readonly incarnations: number;
  readonly faults: number;
  readonly milliseconds: number;
  readonly disk: MemoryDisk;
  /** What members made, where their updates are `rounded`. */
  readonly made: ReadonlyMap<AssignmentId, Rounded>;
}

/**
 * The whole stack but engine, socket and disk, on the in-memory transport and a virtual clock: coordinators and sessions as they
 * are, members whose gradients are whole numbers. Connections break in the middle of messages, members and coordinators die.
 *
 * @param rounded updates lose something on the way, and members keep it (error feedback)
 */
export async function simulateCluster(
  seed: number,
  changes: Partial<Job> = {},
  { rounded = false } = {},
): Promise<ClusterResult> {
  return new ClusterSimulation(seed, changes, rounded).run();
}

class ClusterSimulation {
  private readonly clock = new VirtualClock(1_000_000);
  private readonly random: Random;
  private readonly disk = new MemoryDisk();
  private readonly network: MemoryNetwork;
  private readonly members: (IntegerMember | undefined)[] = [];
  private readonly run_: CoordinatedRun;
  private coordinator: Coordinator | undefined;
  private store: MemoryStore | undefined;
  private faults = 0;
  private ended = false;
  private readonly made = new Map<AssignmentId, Rounded>();

  constructor(
    seed: number,
    changes: Partial<Job>,
    private readonly rounded: boolean,
  ) {
    this.run_ = describe(changes);
    this.random = createRandom(seed);
    this.network = new MemoryNetwork(this.clock, {
      delay: () => this.between(0, 40),
      intercept: (message) => (this.happens(0.004) ? 'break' : [message]),
    });
  }

  async run(): Promise<ClusterResult> {
    await this.startCoordinator();
    for (let index = 0; index < MEMBERS; index++) this.startMember(index);
    this.scheduleFault();
    await this.clock.runUntil(() => this.ended, PATIENCE_MS);
    const { incarnation } = this.disk.run;
    return {
      weights: this.coordinator!.weights.values.slice(),
      vectors: new Map(this.coordinator!.weights.snapshot().map(({ name, data }) => [name, data])),
      incarnations: incarnation,
      faults: this.faults,
      milliseconds: this.clock.now() - 1_000_000,
      disk: this.disk,
      made: this.made,
    };
  }

  private async startCoordinator(): Promise<void> {
    const store = this.disk.open();
    this.store = store;
    const coordinator = await Coordinator.open({
      description: this.run_,
      store,
      token: 'token',
      clock: this.clock,
    });
    coordinator.on('finished', ({ reason, message }) => {
      if (reason !== 'completed') throw new Error(`the run ended ${reason}: ${message}`);
      this.ended = true;
    });
    this.coordinator = coordinator;
    coordinator.attach(this.network.listen((channel: MemoryChannel) => coordinator.accept(channel)));
    coordinator.start();
  }

  private startMember(index: number): void {
    this.members[index] = new IntegerMember({
      name: `member-${index}`,
      clock: this.clock,
      hasher: portableHasher,
      random: () => this.random.next(),
      dial: () => this.network.dial(),
      computeMs: () => this.between(1, this.random.next() < 0.05 ? 60_000 : 300),
      ...(this.rounded && { rounded: new RoundedUpdates((update) => this.made.set(update.id, update)) }),
    });
  }

  /** Every so often something dies, until there have been enough faults. */
  private scheduleFault(): void {
    this.clock.setTimeout(
      () => {
        if (this.ended || this.faults >= FAULTS) return;
        this.faults++;
        if (this.random.next() < 0.35) this.killCoordinator();
        else this.killMember(Math.floor(this.random.next() * MEMBERS));
        this.scheduleFault();
      },
      this.between(20, 1_500),
    );
  }

  private killMember(index: number): void {
    this.members[index]?.crash();
    this.members[index] = undefined;
    this.clock.setTimeout(() => this.startMember(index), this.between(0, 5_000));
  }

  private killCoordinator(): void {
    const dead = this.coordinator;
    if (!dead) return;
    // First the disk: a dead process writes nothing, whatever it hears of its broken connections.
    this.store?.kill();
    this.coordinator = undefined;
    void dead.close();
    this.clock.setTimeout(() => void this.startCoordinator(), this.between(0, 5_000));
  }

  private between(low: number, high: number): number {
    return low + Math.floor(this.random.next() * (high - low));
  }

  private happens(probability: number): boolean {
    if (this.faults >= FAULTS || this.random.next() >= probability) return false;
    this.faults++;
    return true;
  }
}

/** The weights that a run begins with. */
export function initialWeights(): Float32Array {
  const { model, layout } = describe({});
  const weights = new Float32Array(layout.length);
  for (const entry of layout.entries) {
    weights.set(model.graph.initializers.get(entry.name)!.data as Float32Array, entry.offset);
  }
  return weights;
}

/** The weights that the run must end with: computed by one loop, without any network. */
export function expectedWeights(): Float32Array {
  const weights = initialWeights();
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (let start = 0; start < EXAMPLES; start += BATCH) {
      const gradient = gradientOf(weights, epoch, start, start + BATCH);
      gradient.forEach((value, index) => {
        weights[index] = weights[index]! - value / BATCH;
      });
    }
  }
  return weights;
}

export const ROUNDS = (EPOCHS * EXAMPLES) / BATCH;

function tinyModel(): Model {
  const builder = new GraphBuilder();
  const input = builder.input('features', 'float32', ['batch', 4]);
  const weight = builder.initializer('dense1.weight', float32([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]));
  builder.output(builder.op('MatMul', [input, weight]), 'logits');
  return builder.build();
}

/** The same with an optimizer of the job's choice: its own vectors, and the average of the weights. */
export function expectedVectors(changes: Partial<Job>): ReadonlyMap<string, Float32Array> {
  const { job, model, layout } = describe(changes);
  const optimizer = createOptimizer(job.optimizer);
  const memory = VectorMemory.create(3 * layout.length + stateFloats(optimizer, layout));
  const [weights, average, gradient] = [0, 1, 2].map(() => memory.allocate(layout.length)) as [
    Vector,
    Vector,
    Vector,
  ];
  const { slots, vectors } = allocateState(memory, optimizer, layout);
  for (const { name, offset } of layout.entries) {
    weights.view.set(model.graph.initializers.get(name)!.data as Float32Array, offset);
  }
  average.view.set(weights.view);
  for (let step = 1; step <= ROUNDS; step++) {
    const seen = (step - 1) * BATCH;
    const start = seen % EXAMPLES;
    gradient.view.set(gradientOf(weights.view, Math.floor(seen / EXAMPLES), start, start + BATCH));
    memory.kernels.scale(gradient, 1 / BATCH);
    optimizer.step(memory, weights, gradient, vectors, layout, {
      ...{ learningRate: job.optimizer.learningRate, step },
    });
    const keep = emaDecay(job.ema ?? 0, step);
    memory.kernels.lerp(average, keep, weights, 1 - keep);
  }
  const state = Object.entries(slots).map(([name, { view }]) => [`optimizer.${name}`, view] as const);
  return new Map([['parameters', weights.view], ['ema', average.view], ...state]);
}

function describe(changes: Partial<Job>): CoordinatedRun {
  const model = tinyModel();
  const manifest = { rows: EXAMPLES, test: { rows: 0 } } as DatasetManifest;
  return {
    job: { ...JOB, ...changes },
    manifest,
    model,
    layout: layoutOf(model),
    blobs: { model: '0'.repeat(64), recipe: '1'.repeat(64), manifest: '2'.repeat(64) },
    blob: () => undefined,
  };
}

const JOB: Job = {
  name: 'simulated',
  data: {
    source: '',
    format: { type: 'csv', header: false, delimiter: ',' },
    target: { column: 0, type: 'class' },
    features: { columns: undefined, shape: undefined, normalize: { kind: 'none' } },
    test: 0,
    licence: undefined,
  },
  model: { kind: 'layers', layers: [] },
  loss: { kind: 'mse' },
  optimizer: { kind: 'sgd', learningRate: 1, momentum: 0, nesterov: false, weightDecay: 0 },
  clipNorm: undefined,
  ema: undefined,
  schedule: { kind: 'constant', warmup: 0 },
  strategy: { kind: 'synchronous' },
  epochs: EPOCHS,
  rounds: undefined,
  batch: BATCH,
  seed: 1,
  wire: 'f32',
  evaluate: { metrics: [], every: { epochs: 1 } },
  earlyStopping: undefined,
  checkpoint: { rounds: 2, seconds: 60, keep: 3, best: undefined },
  members: { minimum: 2, assignment: 'equal' },
};
