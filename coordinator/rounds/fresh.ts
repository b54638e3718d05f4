import { NO_PLATEAU, type Plateau } from '../../shared/nn/schedules/plateau.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import type { Archive } from '../membership/archive.ts';
import type { MemberState } from '../membership/members.ts';
import { checkConfig, type RoundConfig } from './config.ts';
import { blank } from './pieces.ts';
import type { Piece, RoundState, Watch } from './state.ts';
import type { CommitSnapshot } from './types.ts';

/** The part of a commit that only the core reads. */
interface Kept {
  readonly pending: readonly Piece[];
  readonly members: readonly MemberState[];
  readonly archive: Archive;
  readonly watch: Watch;
  readonly plateau: Plateau;
  readonly evaluated: RoundState['evaluated'];
}

export const NO_FAILURES: RoundState['fruitless'] = {
  windows: 0,
  failures: [],
  late: { windows: 0, members: [] },
};

export function freshState(config: RoundConfig): RoundState {
  checkConfig(config);
  const { resume } = config;
  const kept = readKept(resume?.state);
  const position = {
    version: resume?.version ?? 0,
    round: resume?.round ?? 0,
    optimizerSteps: resume?.optimizerSteps ?? 0,
    cursor: resume?.cursor ?? { epoch: 0, position: 0 },
    random: resume?.random ?? createRandom(config.seed).state(),
  };
  return {
    config,
    status: 'ready',
    now: 0,
    ...position,
    members: kept.members,
    archive: kept.archive,
    assignments: 0,
    window: null,
    evaluation: null,
    stepping: null,
    snapshot: { ...position, pending: kept.pending },
    committing: null,
    committed: { version: resume?.version ?? null, round: position.round, at: 0 },
    evaluated: kept.evaluated,
    due: { commit: false, evaluate: false },
    watch: kept.watch,
    plateau: kept.plateau,
    fruitless: NO_FAILURES,
    ending: null,
    timer: null,
    waiting: null,
  };
}

/** What a commit of the newest version says. */
export function commitSnapshot(state: RoundState): CommitSnapshot {
  const { pending, ...position } = state.snapshot;
  const kept: Kept = {
    pending,
    members: state.members.map((member) => ({
      ...member,
      present: false,
      leaving: false,
      suspectUntil: null,
      suspicions: 0,
    })),
    archive: state.archive,
    watch: state.watch,
    plateau: state.plateau,
    evaluated: state.evaluated,
  };
  const metrics = state.evaluated.version === position.version ? state.evaluated.metrics : {};
  return { ...position, state: kept, metrics };
}

/** Written by `commitSnapshot` and read back through a checkpoint whose hash was checked; absent in a new run. */
function readKept(state: unknown): Kept {
  const kept = (state ?? {}) as Partial<Kept>;
  return {
    pending: (kept.pending ?? []).map((piece, i) => blank(piece, i)),
    members: kept.members ?? [],
    archive: kept.archive ?? [],
    watch: kept.watch ?? { best: null, since: 0 },
    plateau: kept.plateau ?? NO_PLATEAU,
    evaluated: kept.evaluated ?? { version: null, epoch: 0, metrics: {} },
  };
}
