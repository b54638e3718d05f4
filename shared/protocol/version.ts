/**
 * Version of the wire. It changes only when an old peer would misunderstand a new one: fields and envelopes that are
 * skipped by those who do not know them need no new version.
 */
export const PROTOCOL_VERSION = 1;

/** What to tell people on either side when the other one speaks another version. */
export function versionMismatch(coordinator: number, member: number): string {
  const older = member < coordinator ? 'member' : 'coordinator';
  return (
    `the coordinator speaks protocol version ${coordinator}, the member version ${member}: ` +
    `install the same release of tributary-ml on both sides (the ${older}'s is the older one)`
  );
}
