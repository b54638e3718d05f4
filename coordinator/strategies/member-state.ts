import { type WireJob, wireOf } from '../../shared/job/wire-job.ts';
import type { MemberState } from '../../shared/programs/recipe.ts';
import type { Piece, PlanContext, Strategy } from './strategy.ts';

/**
 * What a strategy, and the encoding of updates, ask members to hold, for the run's recipe. It is read off the work that the strategy plans for one idle member, so
 * that no strategy has to say it a second time.
 */
export function memberState(
  strategy: Strategy,
  { federated, wire }: { readonly federated: boolean; readonly wire: WireJob },
): MemberState | undefined {
  const { local = [], evaluates } = strategy;
  const pieces = strategy.plan(firstPlan(federated));
  const own = pieces.flatMap(({ work }) => (work.kind === 'own' ? [work] : []));
  const vectors = new Set([
    ...models(evaluates?.choices),
    ...pieces.flatMap(vectorsOf),
    ...(wireOf(wire).up.errorFeedback ? ['residual.parameters'] : []),
  ]);
  const state: MemberState = {
    ...((local.length > 0 || pieces.some((piece) => piece.local?.length)) && { personal: true }),
    ...((evaluates?.beside || own.some(({ beside }) => beside)) && { beside: true }),
    ...(own.some(({ keepsOptimizer }) => keepsOptimizer) && { moments: true }),
    ...(vectors.size > 0 && { vectors: [...vectors] }),
  };
  return Object.keys(state).length === 0 ? undefined : state;
}

function vectorsOf({ terms, sections = [], choices }: Piece): string[] {
  return [
    ...(terms?.corrections ?? []).map(({ owner, vector }) => `${owner}.${vector}`),
    ...models(choices),
    ...sections.flatMap(({ name, make }) =>
      make === 'control' ? [server(name), `change.${name}`, `member.${name}`] : [`member.${name}`],
    ),
  ];
}

/** The weights may be one of the models to choose from; they need no vector of their own. */
function models(choices: readonly string[] = []): string[] {
  return choices.filter((name) => name !== 'parameters').map(server);
}

function server(name: string): string {
  return `server.${name}`;
}

/** The opening of the first window, with one member. */
function firstPlan(federated: boolean): PlanContext {
  return {
    round: 0,
    version: 0,
    cursor: { epoch: 0, position: 0 },
    examples: 1_000,
    globalBatch: 100,
    members: [
      {
        id: 'm1-1',
        name: 'first',
        engine: 'onnxruntime-node',
        threads: 1,
        role: federated ? 'participant' : 'worker',
        ...(federated && { rows: { examples: 1_000, heldOut: 100 } }),
        speed: undefined,
        busy: false,
      },
    ],
    outstanding: 0,
    received: 0,
    federated,
    assignment: 'equal',
    random: () => 0,
  };
}
