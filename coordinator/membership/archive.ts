import type { MemberId } from '../rounds/types.ts';
import type { MemberState } from './members.ts';

/**
 * Of a member that is forgotten otherwise: how often it was asked; the round and loss of its last update that counted; speed, turnaround
 * and deviation of its pace. NaN would not survive JSON: null is what is not known.
 */
type Figures = readonly (number | null)[];

/** Members that were forgotten together. Never changed, so that a state shares those of the state before it. */
interface Sheet {
  readonly count: number;
  readonly members: Readonly<Record<MemberId, Figures>>;
}

/** What selection needs of members that were away for long, oldest first; plain JSON, as all of the round state. */
export type Archive = readonly Sheet[];

/** About 100 bytes each in memory, and half of that in a checkpoint; of more members the earliest forgotten are. */
export const MOST_ARCHIVED = 100_000;

/** What is still known of a member; undefined when nothing is. */
export function fromArchive(
  archive: Archive,
  id: MemberId,
): Pick<MemberState, 'history' | 'train'> | undefined {
  // The last that is known of it counts: it may have been forgotten several times.
  for (let at = archive.length - 1; at >= 0; at--) {
    const { members } = archive[at]!;
    if (Object.hasOwn(members, id)) return restored(members[id]!);
  }
  return undefined;
}

/** The archive with these in it; those that were never asked for work on rows of their own have nothing to keep. */
export function archived(archive: Archive, gone: readonly MemberState[]): Archive {
  const entries = gone.flatMap(({ description, history, train }): [MemberId, Figures][] => {
    if (history === undefined) return [];
    const { round = null, loss = null } = history.last ?? {};
    const pace = train === null ? [] : [train.speed, train.turnaround, train.deviation];
    return [[description.id, [history.asked, round, short(loss), ...pace.map(short)]]];
  });
  if (entries.length === 0) return archive;
  const sheets = [...archive, { count: entries.length, members: Object.fromEntries(entries) }];
  let count = sheets.reduce((sum, sheet) => sum + sheet.count, 0);
  const keep = sheets.findIndex((sheet) => {
    if (count <= MOST_ARCHIVED) return true;
    count -= sheet.count;
    return false;
  });
  return sheets.slice(keep);
}

/** Six digits say enough for a choice among members, and are half as long to write. */
function short(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(6));
}

function restored([asked, round, loss, speed, turnaround, deviation]: Figures): Pick<
  MemberState,
  'history' | 'train'
> {
  const last = isKnown(round) && isKnown(loss) ? { round, loss } : undefined;
  const isPaced = isKnown(speed) && isKnown(turnaround) && isKnown(deviation);
  return {
    history: { asked: asked ?? 0, ...(last && { last }) },
    // One sample: the next one replaces it, as it may be another machine by now.
    train: isPaced ? { speed, turnaround, deviation, samples: 1 } : null,
  };
}

function isKnown(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}
