/**
 * JSON with sorted keys and without white space, so that equal values have equal bytes and hashes. `undefined` members are left
 * out, as JSON.stringify does.
 *
 * @throws TypeError for NaN and the infinities, which JSON would silently turn into null.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (key, member: unknown) => {
    if (typeof member === 'number' && !Number.isFinite(member)) {
      throw new TypeError(`"${key}" is ${member}, which JSON cannot hold.`);
    }
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}
