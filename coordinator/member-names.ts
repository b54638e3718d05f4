import type { MemberId } from './rounds/types.ts';

interface Named {
  readonly id: MemberId;
  readonly name: string;
}

/**
 * What members are called among people: as they call themselves, and where two call themselves the same, as participants of one host
 * do, the later to come with a number: `host`, `host-2`. A member that comes back keeps its name for as long as it is remembered.
 */
export class MemberNames {
  private readonly names = new Map<MemberId, string>();
  private readonly owners = new Map<string, MemberId>();
  /** The lowest number that may be free: thousands of tabs call themselves the same. */
  private readonly lowest = new Map<string, number>();

  /** @param known as they were called in an earlier life of the coordinator */
  constructor(known: readonly Named[] = []) {
    for (const { id, name } of known) if (!this.owners.has(name)) this.keep(id, name);
  }

  of({ id, name: said }: Named): string {
    const before = this.names.get(id);
    if (before !== undefined && isOf(before, said)) return before;
    this.forget(id);
    let name = said;
    let next = this.lowest.get(said) ?? 2;
    while (this.owners.has(name)) name = `${said}-${next++}`;
    if (name !== said) this.lowest.set(said, next);
    this.keep(id, name);
    return name;
  }

  /** The name is free again. */
  forget(id: MemberId): void {
    const name = this.names.get(id);
    if (name === undefined) return;
    this.names.delete(id);
    this.owners.delete(name);
    const [, said, number] = /^(.+)-(\d+)$/.exec(name) ?? [];
    const lowest = said === undefined ? undefined : this.lowest.get(said);
    if (lowest !== undefined) this.lowest.set(said!, Math.max(2, Math.min(lowest, Number(number))));
  }

  private keep(id: MemberId, name: string): void {
    this.names.set(id, name);
    this.owners.set(name, id);
  }
}

function isOf(name: string, said: string): boolean {
  return name === said || (name.startsWith(`${said}-`) && /^\d+$/.test(name.slice(said.length + 1)));
}
