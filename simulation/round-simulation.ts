import type { ResumePoint } from '../coordinator/rounds/config.ts';
import { advance, initialState, type RoundState } from '../coordinator/rounds/core.ts';
import { ORDER_STRIDE } from '../coordinator/rounds/pieces.ts';
import { revive, serialize } from '../coordinator/rounds/state.ts';
import type { Effect, Event, FinishReason } from '../coordinator/rounds/types.ts';
import { createRandom } from '../shared/parameters/random.ts';
import { type Fault, FaultInjector } from './fault-injector.ts';
import { InvariantError, Ledger } from './ledger.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { VirtualClock } from './virtual-clock.ts';
import { type Surroundings, VirtualMember } from './virtual-member.ts';

export interface SimulationResult {
  readonly events: number;
  readonly incarnations: number;
  readonly milliseconds: number;
  readonly rounds: number;
  readonly faults: Readonly<Partial<Record<Fault, number>>>;
  /** How often each kind of effect was seen; `discard` with its reason; `part`: later parts of a piece that was cut up. */
  readonly effects: Readonly<Record<string, number>>;
  /** Largest state as JSON, in characters. */
  readonly largestState: number;
}

export interface SimulationOptions {
  readonly scenario?: Scenario;
  /** Also checks at every event that the core is pure and that a state survives JSON. Slow. */
  readonly strict?: boolean;
}

const EVENTS_AT_MOST = 100_000;

/**
 * One run of the round core with virtual members, faults and delays on a virtual clock, all drawn from the seed.
 *
 * @throws InvariantError when a promise is broken, or when the run can go no further; the message says how to run it again
 */
export function simulateRounds(seed: number, options: SimulationOptions = {}): SimulationResult {
  const simulation = new RoundSimulation(seed, options);
  try {
    return simulation.run();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const again = `TRIBUTARY_SEED=${seed} npx vitest run test/unit/simulation`;
    throw new InvariantError(`seed ${seed}, ${simulation.describe()}: ${message}\nOnce more: ${again}`, {
      cause: error,
    });
  }
}

class RoundSimulation implements Surroundings {
  readonly clock = new VirtualClock(1_000);
  private readonly scenario: Scenario;
  readonly faults: FaultInjector;
  private readonly ledger: Ledger;
  private readonly members: readonly VirtualMember[];
  private readonly strict: boolean;
  private state: RoundState;
  private incarnation = 1;
  private up = true;
  private events = 0;
  private largest = 0;
  private readonly seen: Record<string, number> = {};
  private timer: ReturnType<VirtualClock['setTimeout']> | undefined;
  private outcome: FinishReason | undefined;

  constructor(seed: number, options: SimulationOptions) {
    const random = createRandom(seed);
    this.scenario = options.scenario ?? drawScenario(random, seed);
    this.strict = options.strict ?? false;
    this.faults = new FaultInjector(random, this.scenario.rates);
    this.ledger = new Ledger(this.scenario.config);
    this.members = this.scenario.paces.map(
      (pace, i) => new VirtualMember(`member-${i}`, pace, this, i === 0),
    );
    this.state = initialState({ ...this.scenario.config, incarnation: 1 });
  }

  describe(): string {
    const { strategy } = this.scenario.config;
    return `${strategy.name}, ${this.members.length} members, incarnation ${this.incarnation}, ${this.clock.now()} ms`;
  }

  run(): SimulationResult {
    this.deliver({ type: 'start', at: 0 });
    for (const member of this.members) {
      this.clock.setTimeout(() => member.start(), this.faults.between(0, 2_000));
    }
    while (this.outcome === undefined) {
      if (!this.clock.step())
        throw new InvariantError(`deadlock: ${this.state.waiting ?? 'nothing to wait for'}`);
      if (this.events > EVENTS_AT_MOST) throw new InvariantError('the run does not end');
    }
    const { config } = this.scenario;
    if (this.outcome !== 'completed') throw new InvariantError(`the run ended ${this.outcome}`);
    if (this.scenario.patience !== undefined) {
      this.ledger.hold(this.clock.now() < this.scenario.patience, 'the run waited for a member that is gone');
    }
    const { durable } = this.ledger;
    this.ledger.hold(durable?.snapshot.version === this.state.version, 'the last version is not durable');
    if (config.epochs !== undefined) {
      this.ledger.hold(durable.snapshot.cursor.epoch === config.epochs, 'not all epochs are counted');
    } else {
      this.ledger.hold(durable.snapshot.round === config.rounds, 'not all rounds are counted');
    }
    return {
      events: this.events,
      incarnations: this.incarnation,
      milliseconds: this.clock.now(),
      rounds: this.state.round,
      faults: this.faults.counts,
      effects: this.seen,
      largestState: this.largest,
    };
  }

  send(member: VirtualMember, event: Event): void {
    const { connection } = member;
    const times = this.faults.strikes('duplicate') && event.type !== 'joined' ? 2 : 1;
    for (let i = 0; i < times; i++) {
      this.clock.setTimeout(() => {
        // The old connection's messages end with it; an update is offered again on the new one.
        if (connection !== member.connection && event.type !== 'update') return;
        this.deliver(event);
      }, this.faults.delay());
    }
  }

  hangUp(member: VirtualMember, connection: number): void {
    if (connection !== member.connection) return;
    this.deliver({ type: 'left', at: 0, member: member.id, reason: 'connection lost' });
  }

  private deliver(event: Event): void {
    if (!this.up) return;
    this.events++;
    const { ledger } = this;
    if (event.type === 'update') ledger.arrive(event.assignment, event.member);
    if (event.type === 'failed') ledger.release(event.member, event.assignment);
    if (event.type === 'joined') ledger.release(event.member.id);
    if (event.type === 'left' || event.type === 'leaving') ledger.release(event.member);
    const dated = { ...event, at: this.clock.now() };
    const before = this.strict ? serialize(this.state) : '';
    const { state, effects } = advance(this.state, dated);
    if (this.strict) this.checkPure(before, dated, state, effects);
    this.state = state;
    for (const effect of effects) this.perform(effect);
    if (this.outcome !== undefined) return;
    if (this.faults.strikes('coordinatorCrash')) this.crash();
    else if (this.faults.strikes('stop')) this.deliver({ type: 'stop', at: 0, reason: 'asked to' });
  }

  private count(kind: string): void {
    this.seen[kind] = (this.seen[kind] ?? 0) + 1;
  }

  private perform(effect: Effect): void {
    this.ledger.apply(effect);
    const kind = effect.type === 'discard' ? `discard ${effect.reason}` : effect.type;
    this.count(kind);
    if (effect.type === 'assign' && effect.assignment.order % ORDER_STRIDE > 0) this.count('part');
    const later = (run: () => void) => {
      const { incarnation } = this;
      this.clock.setTimeout(() => {
        if (this.up && incarnation === this.incarnation) run();
      }, this.faults.delay());
    };
    if (effect.type === 'assign') {
      const { assignment } = effect;
      const member = this.members.find((candidate) => candidate.id === assignment.member);
      const connection = member?.connection;
      later(() => {
        if (member?.connection === connection) member?.assign(assignment);
      });
    } else if (effect.type === 'cancel') {
      const member = this.members.find((candidate) => candidate.id === effect.member);
      later(() => member?.cancel(effect.assignment));
    } else if (effect.type === 'step') {
      later(() => {
        this.ledger.stepped();
        this.deliver({ type: 'stepped', at: 0, version: effect.version, finite: true });
      });
    } else if (effect.type === 'commit') {
      later(() => {
        this.ledger.written();
        this.deliver({ type: 'committed', at: 0, version: effect.version });
      });
    } else if (effect.type === 'timer') {
      this.clock.clearTimeout(this.timer);
      const tick = () => this.deliver({ type: 'tick', at: 0 });
      this.timer = this.clock.setTimeout(tick, Math.max(0, effect.at - this.clock.now()));
    } else if (effect.type === 'finished') {
      if (effect.reason === 'stopped') this.restart(true);
      else this.outcome = effect.reason;
    }
  }

  private crash(): void {
    this.restart(this.faults.chance(0.5));
  }

  /** Another life of the coordinator, from what is on the disk. Members notice, and dial again. */
  private restart(reachedDisk: boolean): void {
    this.ledger.crash(reachedDisk);
    this.clock.clearTimeout(this.timer);
    this.up = false;
    this.incarnation++;
    // As it would come back from a file.
    const text = JSON.stringify(this.ledger.durable?.snapshot ?? null);
    const resume: ResumePoint | undefined = JSON.parse(text) ?? undefined;
    this.state = initialState({ ...this.scenario.config, incarnation: this.incarnation, resume });
    const down = this.faults.between(10, 5_000);
    const { incarnation } = this;
    this.clock.setTimeout(() => {
      if (incarnation !== this.incarnation) return;
      this.up = true;
      this.deliver({ type: 'start', at: 0 });
    }, down);
    for (const member of this.members) {
      this.clock.setTimeout(() => member.connect(), down + this.faults.between(1, 3_000));
    }
  }

  private checkPure(before: string, event: Event, state: RoundState, effects: readonly Effect[]): void {
    this.ledger.hold(serialize(this.state) === before, `${event.type} changed the state that it was given`);
    const again = advance(revive(this.state.config, before), event);
    const same = serialize(again.state) === serialize(state);
    this.ledger.hold(
      same && JSON.stringify(again.effects) === JSON.stringify(effects),
      `${event.type} replays differently`,
    );
    this.largest = Math.max(this.largest, before.length);
  }
}
