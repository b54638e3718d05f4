import type { EngineInfo } from '../engines/engine.ts';
import type { Channel } from '../shared/protocol/channel.ts';
import type { Clock } from '../shared/protocol/clock.ts';
import type { Hasher } from '../shared/protocol/hasher.ts';
import type { AssignmentMessage } from '../shared/protocol/messages.ts';
import type { OwnRowsSource } from './data/own-rows.ts';
import type { RunRows } from './data/run-rows.ts';
import type { OutgoingUpdate } from './events.ts';
import type { FrozenStore } from './frozen/frozen-store.ts';
import type { OpenStates } from './memory/state-store.ts';
import type { Answer, Asked } from './participant/asked.ts';
import type { TrainerClient } from './trainer/trainer-client.ts';

/** What a member is made of, which Node and a page have in different forms. */
export interface MemberParts {
  readonly trainer: TrainerClient;
  readonly engine: EngineInfo;
  readonly rows: RunRows;
  /** As fast as the platform has it. */
  readonly hasher?: Hasher;
  readonly clock?: Clock;
  /** Where a participant keeps what it remembers from round to round; in memory when left out. */
  readonly states?: OpenStates;
  /** Where frozen weights are kept that come apart from their model; in memory when left out. It is closed with the member. */
  readonly frozen?: FrozenStore;
  /** What a person can do where a model is larger than a participant takes: the end of that refusal. */
  readonly forLargerModels?: string;
}

/** What somebody wants of a member. */
export interface MemberOptions {
  /** Opens a channel to the coordinator; called again after every loss. */
  readonly dial: () => Promise<Channel>;
  readonly token: string;
  /** For people; not unique. */
  readonly name: string;
  /** Rows of its own that it trains on, and that stay here: a federated participant. */
  readonly own?: OwnRowsSource;
  /** Asked before a participant says that it is ready; it leaves when the answer is no. */
  readonly consent?: (asked: Asked) => Promise<Answer>;
  /** Bytes of a model that a participant takes, with frozen weights that come apart from it; those of DEFAULT_INSPECTION_LIMITS where left out. */
  readonly maxModel?: number | undefined;
  /** Why a participant takes no more work: a limit of its own. It leaves then. */
  readonly limit?: (assignment: AssignmentMessage) => string | undefined;
  /** Takes the model along when the run ends. Called once it is here: what else is had of the coordinator is fetched before this member goes. */
  readonly takeModel?: () => Promise<void>;
  /**
   * Called before anything leaves that was computed from a participant's own rows. It leaves the run, and nothing is sent, when it
   * gets a reason; what this throws has the same effect.
   */
  readonly outgoing?: (update: OutgoingUpdate) => string | undefined;
  /** From an earlier process, to be the same member as then. */
  readonly resumeToken?: string;
}
