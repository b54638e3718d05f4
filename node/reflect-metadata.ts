/**
 * The functions of the `reflect-metadata` proposal that tsyringe, inside @peculiar/x509, wants to find when it is
 * loaded. Nothing is defined where they are there already.
 */
interface ReflectMetadata {
  getOwnMetadata?(key: unknown, target: object): unknown;
  getMetadata?(key: unknown, target: object): unknown;
  defineMetadata?(key: unknown, value: unknown, target: object): void;
}

export function installReflectMetadata(): void {
  const reflect = Reflect as ReflectMetadata;
  if (reflect.getMetadata !== undefined) return;
  const known = new WeakMap<object, Map<unknown, unknown>>();
  reflect.defineMetadata = (key, value, target) => {
    const values = known.get(target) ?? new Map<unknown, unknown>();
    known.set(target, values.set(key, value));
  };
  reflect.getOwnMetadata = (key, target) => known.get(target)?.get(key);
  // Inherited along the prototype chain, as the proposal says.
  reflect.getMetadata = (key, target) => {
    for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
      if (known.get(at)?.has(key)) return known.get(at)?.get(key);
    }
    return undefined;
  };
}
