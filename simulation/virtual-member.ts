import type { Assignment, Event, UpdateHeader } from '../coordinator/rounds/types.ts';
import type { Clock } from '../shared/protocol/clock.ts';
import type { FaultInjector } from './fault-injector.ts';

/** What a virtual member sees of the world. */
export interface Surroundings {
  readonly clock: Clock;
  readonly faults: FaultInjector;
  /** Delivers to whatever coordinator is there by then. */
  send(member: VirtualMember, event: Event): void;
  /** The coordinator sees that the connection is gone, unless a newer one has replaced it. */
  hangUp(member: VirtualMember, connection: number): void;
}

/** Longer than any run may take. */
const DAY_MS = 86_400_000;
const SUSPENSION = { least: 500, most: 40_000 };
/** How long a coordinator takes to notice a silent connection, and how long a process takes to start. */
const SILENCE_MS = 10_000;

/** A member that computes nothing: it takes its time, answers with sums that can be checked, and suffers faults. */
export class VirtualMember {
  connection = 0;
  private process = 0;
  private alive = false;
  private frozenUntil = 0;
  private readonly dropped = new Set<string>();
  private busyUntil = 0;

  constructor(
    readonly id: string,
    private readonly pace: number,
    private readonly world: Surroundings,
    /** Never gone for long. */
    private readonly faithful: boolean,
  ) {}

  start(): void {
    this.alive = true;
    this.process++;
    this.busyUntil = 0;
    this.connect();
  }

  /** A new connection, by the same process or a new one. */
  connect(): void {
    if (!this.alive) return;
    this.connection++;
    const member = { id: this.id, name: this.id, engine: 'virtual', threads: 1, role: 'worker' as const };
    this.world.send(this, { type: 'joined', at: 0, member });
  }

  assign(assignment: Assignment): void {
    if (!this.alive) return;
    const { faults, clock } = this.world;
    if (faults.strikes('crash')) this.crash();
    else if (faults.strikes('leave')) this.leave();
    else if (faults.strikes('freeze')) this.freeze();
    else if (!this.faithful && faults.strikes('vanish')) this.crash(DAY_MS);
    else if (!this.faithful && faults.strikes('hang')) this.frozenUntil = clock.now() + DAY_MS;
    if (!this.alive) return;
    const examples = sizeOf(assignment);
    const jitter = faults.between(0.8, 1.6);
    const from = Math.max(clock.now(), this.busyUntil, this.frozenUntil);
    const computeMs = 1 + examples * this.pace * jitter;
    this.busyUntil = from + computeMs;
    const { process } = this;
    clock.setTimeout(() => this.answer(assignment, process, computeMs), this.busyUntil - clock.now());
  }

  cancel(assignment: string): void {
    this.dropped.add(assignment);
  }

  private answer(assignment: Assignment, process: number, computeMs: number): void {
    const { clock, faults } = this.world;
    if (!this.alive || process !== this.process) return;
    if (this.frozenUntil > clock.now()) {
      clock.setTimeout(() => this.answer(assignment, process, computeMs), this.frozenUntil - clock.now());
      return;
    }
    const { id } = assignment;
    const about = { at: 0, assignment: id, member: this.id };
    // A cancelled one is told so, or forgotten, or sent all the same.
    if (this.dropped.has(id)) {
      if (faults.chance(0.4)) this.world.send(this, { type: 'failed', ...about, reason: 'cancelled' });
      if (faults.chance(0.8)) return;
    }
    if (faults.strikes('failure')) {
      this.world.send(this, { type: 'failed', ...about, reason: 'out of memory' });
      return;
    }
    this.world.send(this, { type: 'update', ...about, header: this.header(assignment, computeMs) });
  }

  private header(assignment: Assignment, computeMs: number): UpdateHeader {
    const examples = sizeOf(assignment) + (this.world.faults.strikes('lie') ? 1 : 0);
    const { work } = assignment;
    const rows = 'start' in work ? ((work.start + work.end - 1) * (work.end - work.start)) / 2 : 0;
    return {
      examples,
      sums: { loss: examples, denominator: examples, rows },
      steps: 1,
      computeMs,
      sections: ['parameters', ...assignment.sections.map((section) => section.name)],
    };
  }

  private crash(back = this.world.faults.between(10, 20_000)): void {
    const { clock, faults } = this.world;
    this.alive = false;
    const { connection } = this;
    clock.setTimeout(
      () => this.world.hangUp(this, connection),
      faults.chance(0.7) ? faults.delay() : SILENCE_MS,
    );
    clock.setTimeout(() => this.start(), back);
  }

  private leave(): void {
    this.world.send(this, { type: 'leaving', at: 0, member: this.id });
    this.crash();
  }

  private freeze(): void {
    const { clock, faults } = this.world;
    const pause = faults.between(SUSPENSION.least, SUSPENSION.most);
    this.frozenUntil = clock.now() + pause;
    if (pause < SILENCE_MS || faults.chance(0.5)) return;
    const { connection, process } = this;
    clock.setTimeout(() => this.world.hangUp(this, connection), SILENCE_MS);
    clock.setTimeout(() => {
      if (process === this.process) this.connect();
    }, pause);
  }
}

function sizeOf({ work }: Assignment): number {
  return 'start' in work ? work.end - work.start : 1;
}
