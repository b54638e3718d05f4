import type { Peer } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { Stepper } from './stepper.ts';

export interface Compared {
  readonly times: readonly number[];
  readonly theirs: readonly number[];
  readonly peer: Peer;
}

/** Ours, theirs, ours, theirs: a machine that grows slower or faster meets both. The first of each turn warms up. */
export async function inTurns(
  ours: Stepper,
  theirs: Stepper,
  plan: { readonly steps: number; readonly turns: number },
  oursPerTheirs = 1,
): Promise<Compared> {
  const times: number[] = [];
  const others: number[] = [];
  for (let turn = 0; turn < plan.turns; turn++) {
    times.push(...(await ours.time(plan.steps * oursPerTheirs + 1)).slice(1));
    const taken = await theirs.time(plan.steps + (plan.steps > 1 ? 1 : 0));
    others.push(...(plan.steps > 1 ? taken.slice(1) : taken));
  }
  const peer = { name: theirs.name, version: theirs.version, spread: spreadOf(others) };
  return { times, theirs: others, peer };
}
