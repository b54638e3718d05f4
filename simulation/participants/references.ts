import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import { type Delta, Reference } from '../../shared/parameters/reference.ts';
import type { MemberSession } from '../../shared/protocol/member-session.ts';
import type { AssignmentMessage } from '../../shared/protocol/messages.ts';
import { fetchReference } from '../../worker/reference.ts';

/** Versions that are kept: a coordinator gives deltas of a few. */
const KEPT = 8;

/**
 * The weights that participants keep where those travel as deltas. All who hold a version hold the same bits, so each is here once for
 * all of them, and a participant remembers its id only. What travels is fetched by each.
 */
export class SharedReferences {
  private readonly versions = new Map<string, Uint8Array>();
  private reference: Reference | undefined;

  constructor(private readonly layout: ParameterLayout) {}

  /**
   * The weights of an assignment, fetched as a member fetches them that keeps `kept`.
   *
   * @returns float32, in memory that may be given away
   */
  async weights(
    session: Pick<MemberSession, 'fetch'>,
    { weights, reference }: AssignmentMessage,
    kept: string,
  ): Promise<Uint8Array> {
    // Of the last versions only: who keeps an older one is given no deltas to it.
    const base = this.versions.get(kept);
    const sent = await fetchReference(weights, reference!, base ? kept : '', (id) => session.fetch(id));
    let bytes = this.versions.get(weights);
    if (!bytes) {
      bytes = sent.whole ?? this.advanced(kept, base!, sent.deltas);
      this.keep(weights, bytes);
    }
    return bytes.slice();
  }

  private advanced(id: string, base: Uint8Array, deltas: readonly Delta[]): Uint8Array {
    this.reference ??= new Reference(this.layout);
    const { reference } = this;
    reference.take(id, base);
    for (const delta of deltas) reference.add(delta);
    const { view } = reference.vector;
    return new Uint8Array(view.slice().buffer);
  }

  private keep(id: string, bytes: Uint8Array): void {
    this.versions.set(id, bytes);
    for (const old of this.versions.keys()) {
      if (this.versions.size <= KEPT) return;
      this.versions.delete(old);
    }
  }
}
