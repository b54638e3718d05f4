import { sha256 } from '../../node/data/sha256.ts';
import { parseManifest } from '../../shared/data/dataset.ts';
import { parseRecipe } from '../../shared/programs/parse-recipe.ts';
import type { MemberSession } from '../../shared/protocol/member-session.ts';
import type { Welcome } from '../../shared/protocol/messages.ts';
import { type Fetch, fetchedBytes, fetchFrozen, frozenListOf } from '../../worker/frozen/fetch-frozen.ts';
import type { FrozenStore } from '../../worker/frozen/frozen-store.ts';
import type { EnginePool } from '../engines/engine-pool.ts';
import type { Equipment } from '../engines/messages.ts';

/**
 * What all participants fetch once when they join: the model, the recipe and the form of a row. In a simulation the first one fetches it
 * for all, over the wire and checked as real ones do; the bytes are counted for each.
 */
export class CommonEquipment {
  private fetched: Promise<void> | undefined;
  private bytes = 0;
  /** Who has it, by its member id. */
  private readonly holders = new Set<string>();

  constructor(
    private readonly pool: Pick<EnginePool, 'equip'>,
    private readonly store: FrozenStore,
    private readonly tables: Pick<Equipment, 'members' | 'heldOut'>,
    private readonly hold: (work: Promise<unknown>) => void,
    private readonly alsoSent: (bytes: number) => void,
  ) {}

  /** @param counted a participant would fetch it over its own connection, once, and keep it */
  async get(session: MemberSession, welcome: Welcome, counted: boolean): Promise<void> {
    const isFirst = this.fetched === undefined;
    if (!this.fetched) {
      this.fetched = this.fetch(session, welcome);
      this.hold(this.fetched);
    }
    await this.fetched;
    if (!counted || this.holders.has(welcome.member)) return;
    this.holders.add(welcome.member);
    if (!isFirst) this.alsoSent(this.bytes);
  }

  private async fetch(session: MemberSession, { blobs }: Welcome): Promise<void> {
    const text = new TextDecoder('utf-8', { fatal: true });
    const fetch: Fetch = (id, most) => session.fetch(id, most);
    const [model, recipe, manifest] = (await Promise.all(
      ['model', 'recipe', 'manifest'].map((name) => session.fetch(blobs[name] ?? '')),
    )) as [Uint8Array, Uint8Array, Uint8Array];
    const list = await frozenListOf(model, fetch);
    this.bytes = model.length + recipe.length + manifest.length + (list ? fetchedBytes(list) : 0);
    const frozen = list && (await fetchFrozen(list, { fetch, store: this.store, progress: () => {} }));
    await parseManifest(text.decode(manifest), sha256);
    const { members, heldOut } = this.tables;
    const setup = { model, recipe: parseRecipe(text.decode(recipe)), ...(frozen && { frozen }) };
    await this.pool.equip({ setup, members, heldOut });
  }
}
