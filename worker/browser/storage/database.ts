const NAME = 'tributary';

/** A place for each run, and what its participant remembers of rounds. */
export const RUNS = 'runs';
export const STATES = 'states';

/** What a page keeps in its browser (IndexedDB). Without storage it forgets everything, and takes part all the same. */
export class PageDatabase {
  private constructor(private readonly database: IDBDatabase | undefined) {}

  /** Of no use where the browser keeps nothing, as in some private windows. */
  static async open(): Promise<PageDatabase> {
    if (typeof indexedDB === 'undefined') return new PageDatabase(undefined);
    return new PageDatabase(
      await new Promise((resolve) => {
        const request = indexedDB.open(NAME, 1);
        request.onupgradeneeded = () => {
          for (const name of [RUNS, STATES]) request.result.createObjectStore(name);
        };
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => resolve(undefined);
        request.onblocked = () => resolve(undefined);
      }),
    );
  }

  get keeps(): boolean {
    return this.database !== undefined;
  }

  get<Value>(store: string, key: IDBValidKey): Promise<Value | undefined> {
    return this.run(store, 'readonly', (entries) => entries.get(key)) as Promise<Value | undefined>;
  }

  async put(store: string, key: IDBValidKey, value: unknown): Promise<void> {
    await this.run(store, 'readwrite', (entries) => entries.put(value, key));
  }

  /** All keys that begin with `prefix`, in order. */
  async keys(store: string, prefix: readonly IDBValidKey[]): Promise<IDBValidKey[]> {
    const found = await this.run(store, 'readonly', (entries) => entries.getAllKeys(below(prefix)));
    return (found as IDBValidKey[] | undefined) ?? [];
  }

  async delete(store: string, key: IDBValidKey | IDBKeyRange): Promise<void> {
    await this.run(store, 'readwrite', (entries) => entries.delete(key));
  }

  private run(
    store: string,
    mode: IDBTransactionMode,
    make: (entries: IDBObjectStore) => IDBRequest,
  ): Promise<unknown> {
    const { database } = this;
    if (!database) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      // Strict: on the disk once it is said to be done (Indexed Database API 3.0).
      const transaction = database.transaction(store, mode, { durability: 'strict' });
      const request = make(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error('the browser kept nothing'));
    });
  }
}

/** Keys that begin with `prefix`: an array comes after every number and text. */
export function below(prefix: readonly IDBValidKey[]): IDBKeyRange {
  return IDBKeyRange.bound([...prefix], [...prefix, []]);
}
