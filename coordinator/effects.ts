import type { Clock } from '../shared/protocol/clock.ts';
import type { Committer } from './committer.ts';
import type { Connections } from './connections.ts';
import type { CountedUpdates } from './counted-updates.ts';
import type { Evaluations } from './evaluations.ts';
import type { CoordinatorEvents } from './events.ts';
import type { HandingOut } from './handing-out.ts';
import type { Intake } from './intake.ts';
import type { PhaseClock } from './phases.ts';
import type { Deed, RoundLoop } from './round-loop.ts';
import type { RoundState } from './rounds/core.ts';
import type { ServerWeights } from './weights/server-weights.ts';

export interface EffectParts {
  readonly clock: Clock;
  readonly loop: RoundLoop;
  readonly weights: ServerWeights;
  readonly connections: Connections;
  readonly intake: Intake;
  readonly handingOut: HandingOut;
  readonly counted: CountedUpdates;
  readonly committer: Committer;
  readonly evaluations: Evaluations;
  readonly phases: PhaseClock;
  /** Tells whoever watches. */
  emit<Name extends keyof CoordinatorEvents>(name: Name, ...values: CoordinatorEvents[Name]): void;
  /** A commit could not be made. */
  failed(error: Error): void;
  finished(effect: Extract<Deed, { type: 'finished' }>): void;
}

type Of<Type extends Deed['type']> = Extract<Deed, { type: Type }>;

/** Carries out what the round core asks for. */
export class Effects {
  private gradientNorm = 0;

  constructor(private readonly parts: EffectParts) {}

  /** @param state after the turn that asks for it */
  perform(effect: Deed, state: RoundState): void {
    const { connections, intake, handingOut, committer, emit, finished } = this.parts;
    switch (effect.type) {
      case 'assign':
        return handingOut.assign(effect.assignment, state);
      case 'cancel':
        intake.forget(effect.assignment);
        connections.get(effect.member)?.cancel(effect.assignment, effect.reason);
        return;
      case 'add':
        return this.add(effect);
      case 'counted':
        return intake.free(effect.assignment, 'received');
      case 'discard':
        committer.books.discard(effect);
        emit('update', effect.reason);
        return intake.free(effect.assignment, effect.reason, effect.message);
      case 'step':
        return this.step(effect);
      case 'commit':
        return void this.commit(effect);
      case 'waiting':
        return emit('waiting', effect.reason);
      case 'round':
        return this.reported(effect.report);
      case 'evaluated':
        return this.evaluated(effect);
      case 'finished':
        return finished(effect);
    }
  }

  private add(effect: Of<'add'>): void {
    const { intake, phases, weights, committer, counted, emit } = this.parts;
    const staged = intake.get(effect.assignment);
    if (!staged) throw new Error(`the round core adds ${effect.assignment}, which is not staged`);
    phases.time('aggregate', () => weights.add(staged.sections, effect.weight, effect.buffersWeight));
    committer.books.add(effect);
    counted.added(effect);
    emit('update', 'added');
    intake.free(effect.assignment, 'received');
  }

  private step({ step, optimizerStep, version }: Of<'step'>): void {
    const { phases, weights, loop } = this.parts;
    const { finite, norm } = phases.time('step', () => weights.step(step, optimizerStep));
    this.gradientNorm = norm;
    loop.happened({ type: 'stepped', version, finite });
  }

  private async commit(effect: Of<'commit'>): Promise<void> {
    const { clock, loop, counted, committer, phases, connections, emit, failed } = this.parts;
    const { version, checkpoint } = effect;
    let milliseconds: number;
    try {
      counted.committing(committer.books.upTo(checkpoint.round));
      const work = committer.commit(effect);
      clock.hold?.(work);
      milliseconds = await work;
    } catch (error) {
      return failed(error as Error);
    }
    phases.committed(milliseconds);
    connections.broadcast((session) => session.committed(version));
    emit('committed', { version, round: checkpoint.round, milliseconds });
    loop.happened({ type: 'committed', version });
  }

  private evaluated(effect: Of<'evaluated'>): void {
    const { evaluations, clock, emit } = this.parts;
    emit('evaluated', { ...effect, classes: evaluations.record(effect, clock.now()) });
  }

  private reported(round: Of<'round'>['report']): void {
    const { phases, connections, intake, committer, clock, emit } = this.parts;
    const { gradientNorm } = this;
    const report = { ...round, phases: phases.lap(), traffic: connections.traffic, gradientNorm };
    intake.forgetBefore(round.round - 1, (member) => connections.get(member) !== undefined);
    committer.round(round.round, clock.now(), report);
    emit('round', report);
  }
}
