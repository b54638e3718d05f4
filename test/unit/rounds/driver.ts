import type { RoundConfig } from '../../../coordinator/rounds/config.ts';
import { advance, initialState, type RoundState } from '../../../coordinator/rounds/core.ts';
import type { Assignment, Effect, Event, UpdateHeader } from '../../../coordinator/rounds/types.ts';
import { createSynchronous } from '../../../coordinator/strategies/synchronous.ts';

export const CONFIG: RoundConfig = {
  run: 'run',
  incarnation: 1,
  strategy: createSynchronous(),
  examples: 20,
  testExamples: 0,
  batch: 8,
  epochs: 2,
  rounds: undefined,
  evaluateEvery: { epochs: 1 },
  commitEvery: { rounds: 100, seconds: 1e6 },
  minimumMembers: 1,
  assignment: 'equal',
  earlyStopping: undefined,
  learningRateAt: (step) => 0.1 / (step + 1),
  seed: 1,
};

type Of<K extends Effect['type']> = Extract<Effect, { type: K }>;

/** Drives the core by hand: keeps its state, the time, and all effects. */
export class Driver {
  state: RoundState;
  now = 1_000;
  readonly all: Effect[] = [];

  constructor(change: Partial<RoundConfig> = {}) {
    this.state = initialState({ ...CONFIG, ...change });
  }

  /** Started, with the commit of the initial weights behind it: `all` begins after that. */
  static started(members: readonly string[], change: Partial<RoundConfig> = {}): Driver {
    const driver = new Driver(change);
    driver.send({ type: 'start', at: 0 });
    driver.settle();
    driver.all.length = 0;
    for (const member of members) driver.join(member);
    return driver;
  }

  send(event: Event): readonly Effect[] {
    const { state, effects } = advance(this.state, { ...event, at: this.now });
    this.state = state;
    this.all.push(...effects);
    return effects;
  }

  join(id: string): readonly Effect[] {
    const member = { id, name: id, engine: 'cpu', threads: 1, role: 'worker' as const };
    return this.send({ type: 'joined', at: 0, member });
  }

  leave(member: string): readonly Effect[] {
    return this.send({ type: 'left', at: 0, member, reason: 'gone' });
  }

  tick(at: number): readonly Effect[] {
    this.now = at;
    return this.send({ type: 'tick', at });
  }

  update(
    assignment: Assignment,
    change: Partial<UpdateHeader> = {},
    member = assignment.member,
  ): readonly Effect[] {
    const { work } = assignment;
    const examples = 'start' in work ? work.end - work.start : 10;
    const header: UpdateHeader = {
      examples,
      sums: { loss: examples, denominator: examples, correct: examples / 2 },
      steps: 1,
      computeMs: examples,
      sections: ['parameters', ...assignment.sections.map((section) => section.name)],
      ...change,
    };
    return this.send({ type: 'update', at: 0, assignment: assignment.id, member, header });
  }

  /** Answers what the last `step` and `commit` effects ask for. */
  settle(): readonly Effect[] {
    const effects: Effect[] = [];
    for (;;) {
      const { stepping, committing } = this.state;
      if (stepping !== null) effects.push(...this.stepped());
      else if (committing !== null)
        effects.push(...this.send({ type: 'committed', at: 0, version: committing }));
      else return effects;
    }
  }

  stepped(finite = true): readonly Effect[] {
    return this.send({ type: 'stepped', at: 0, version: this.state.stepping?.version ?? -1, finite });
  }

  /** The newest assignment of a member. */
  latest(member: string): Assignment {
    const found = of(this.all, 'assign')
      .filter(({ assignment }) => assignment.member === member)
      .at(-1);
    if (found === undefined) throw new Error(`${member} was given nothing`);
    return found.assignment;
  }

  /** Does everything that is given out, in the order of giving, until nothing more is. */
  finish(): void {
    let next = 0;
    for (;;) {
      const assigned = of(this.all, 'assign');
      if (next >= assigned.length) return;
      for (; next < assigned.length; next++) {
        this.now += 10;
        this.update((assigned[next] as Of<'assign'>).assignment);
        this.settle();
      }
    }
  }
}

/** Effects of one type. */
export function of<K extends Effect['type']>(effects: readonly Effect[], type: K): Of<K>[] {
  return effects.filter((effect): effect is Of<K> => effect.type === type);
}

export function kinds(effects: readonly Effect[]): string[] {
  return effects.map((effect) => effect.type);
}

export function ranges(effects: readonly Effect[]): string[] {
  return of(effects, 'assign').map(({ assignment: { member, work } }) =>
    'start' in work ? `${member} ${work.kind} ${work.start}-${work.end}` : `${member} ${work.kind}`,
  );
}
