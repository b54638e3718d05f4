import type { MemberState } from './recipe.ts';

/** Parameters that stay with the member. */
export const PERSONAL = 'personal';
/** The model that trains beside the shared one. */
export const BESIDE = 'beside';

/** The vectors of the model's length that a member holds beside weights, gradient and optimizer. */
export function reservedVectors({ personal, beside, vectors = [] }: MemberState = {}): readonly string[] {
  return [...(personal ? [PERSONAL] : []), ...(beside ? [BESIDE] : []), ...vectors];
}

/** Whether a vector stays with the member from round to round; the others are of one assignment. */
export function isLasting(name: string): boolean {
  return name === PERSONAL || name === BESIDE || name.startsWith('member.') || isResidual(name);
}

/** Whether a member keeps what the encoding of its updates loses. */
export function losesInEncoding(state: MemberState | undefined): boolean {
  return reservedVectors(state).some(isResidual);
}

function isResidual(name: string): boolean {
  return name.startsWith('residual.');
}

/** Whether a member has anything to remember from round to round. */
export function remembers(state: MemberState | undefined): boolean {
  return state?.moments === true || reservedVectors(state).some(isLasting);
}
