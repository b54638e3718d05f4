import { candidates, evaluators, type MemberState, trusted } from '../membership/members.ts';
import type { RoundState } from './state.ts';

/**
 * Those to whom work that is not on a member's own rows is dealt. Of a federated run the coordinator's own alone are given rows of the
 * coordinator's.
 */
export function takers({ config, members, now }: RoundState): readonly MemberState[] {
  return config.federated ? evaluators(members) : trusted(members, now);
}

/** The same, with those under suspicion: who is there that could do it some time. */
export function possibleTakers({ config, members }: RoundState): readonly MemberState[] {
  return config.federated ? evaluators(members) : candidates(members);
}
