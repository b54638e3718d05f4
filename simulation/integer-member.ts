import type { Channel } from '../shared/protocol/channel.ts';
import type { Clock, Timer } from '../shared/protocol/clock.ts';
import type { Hasher } from '../shared/protocol/hasher.ts';
import { MemberSession } from '../shared/protocol/member-session.ts';
import type { AssignmentMessage } from '../shared/protocol/messages.ts';
import { version } from '../shared/version.ts';
import type { RoundedUpdates } from './rounded-updates.ts';

/**
 * A member whose gradient is whole numbers: sums of them are exact in float32, so that the weights at the end tell whether any
 * example was lost or counted twice, and whether a gradient was taken at the wrong weights.
 */
export class IntegerMember {
  private readonly session: MemberSession;
  private readonly timers = new Set<Timer>();
  private queue: Promise<void> = Promise.resolve();
  private gone = false;

  constructor(
    private readonly options: {
      readonly name: string;
      readonly clock: Clock;
      readonly hasher: Hasher;
      readonly dial: () => Promise<Channel>;
      readonly random: () => number;
      /** Virtual milliseconds that an assignment takes. */
      readonly computeMs: () => number;
      /** Its updates lose something on the way, which stays with it; left out: they travel as they are. */
      readonly rounded?: RoundedUpdates;
    },
  ) {
    const { name, clock, hasher, dial, random } = options;
    this.session = new MemberSession({
      dial,
      clock,
      hasher,
      random,
      hello: {
        token: 'token',
        name,
        version,
        capabilities: {
          engine: 'whole numbers',
          provider: 'simulated',
          threads: 1,
          codecs: ['f32'],
          ownData: false,
          dataHash: '',
        },
      },
    });
    this.session.on('assign', (assignment) => {
      this.queue = this.queue.then(() => this.work(assignment));
    });
    this.session.on('finished', () => this.crash());
    this.session.start();
  }

  /** Gone without a word, as by `kill -9`: also what it was computing. */
  crash(): void {
    this.gone = true;
    for (const timer of this.timers) this.options.clock.clearTimeout(timer);
    this.session.close();
  }

  private async work(assignment: AssignmentMessage): Promise<void> {
    if (this.gone) return;
    try {
      const weights = floats(await this.session.fetch(assignment.weights));
      await this.wait(this.options.computeMs());
      if (this.gone) return;
      const { work, id, incarnation } = assignment;
      if (!('start' in work)) return;
      const examples = work.end - work.start;
      const gradient =
        work.kind === 'gradient'
          ? await this.encoded(assignment, gradientOf(weights, work.epoch, work.start, work.end))
          : undefined;
      const bytes = gradient?.byteLength ?? 0;
      await this.session.upload(
        {
          assignment: id,
          incarnation,
          credit: assignment.uploadCredit,
          header: {
            examples,
            sums: { loss: examples, denominator: examples, correct: 0 },
            steps: 1,
            computeMs: 1,
          },
          sections: gradient ? [{ name: 'parameters', codec: 'f32', floats: gradient.length, bytes }] : [],
        },
        gradient ? new Uint8Array(gradient.buffer) : new Uint8Array(0),
      );
    } catch (error) {
      // The session has ended, or the blob is not to be had any more: the coordinator hands the work to another.
      if (!this.gone)
        this.session.fail({
          assignment: assignment.id,
          incarnation: assignment.incarnation,
          reason: String(error),
        });
    }
  }

  private async encoded(assignment: AssignmentMessage, gradient: Float32Array): Promise<Float32Array> {
    return (await this.options.rounded?.encode(assignment, gradient)) ?? gradient;
  }

  private wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.options.clock.setTimeout(() => {
        this.timers.delete(timer);
        resolve();
      }, milliseconds);
      this.timers.add(timer);
    });
  }
}

/** Whole numbers that depend on each position and on the weights it is computed at. */
export function gradientOf(weights: Float32Array, epoch: number, start: number, end: number): Float32Array {
  return Float32Array.from(weights, (weight, index) => {
    const bias = Math.abs(Math.floor(weight)) % 3;
    let sum = 0;
    for (let position = start; position < end; position++)
      sum += ((position * 7 + epoch * 3 + index) % 11) - 5 + bias;
    return sum;
  });
}

function floats(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}
