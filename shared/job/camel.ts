type Camel<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;

export type CamelKeys<T> = { [K in keyof T as K extends string ? Camel<K> : K]: T[K] };

/** `learning-rate` in the job file is `learningRate` in the program. One level deep. */
export function camelKeys<T extends object>(value: T): CamelKeys<T> {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      member,
    ]),
  ) as CamelKeys<T>;
}
