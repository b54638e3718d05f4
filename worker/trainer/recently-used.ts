/** Remembers the last `limit` results of a function of one number, the least recently used forgotten first. */
export function recentlyUsed<Value>(limit: number, load: (key: number) => Value): (key: number) => Value {
  const kept = new Map<number, Value>();
  return (key) => {
    const found = kept.get(key);
    const value = found ?? load(key);
    kept.delete(key);
    kept.set(key, value);
    if (kept.size > limit) kept.delete(kept.keys().next().value!);
    return value;
  };
}
