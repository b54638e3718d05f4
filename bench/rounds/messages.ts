import type { UpdateCodec } from '../../shared/parameters/codecs/update-codec.ts';
import type { Codec } from '../../shared/parameters/codecs.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';

/** What a coordinator's process is told. */
export interface CoordinatorConfig {
  /** An empty folder for the run and the ingested data. */
  readonly folder: string;
  /** Units of the two hidden layers between 64 features and 10 classes: they set the number of parameters. */
  readonly hidden: readonly [number, number];
  /** Of the weights; and of updates, unless `up` says otherwise. */
  readonly wire: Codec;
  readonly up?: 'int8';
  readonly tls: boolean;
  readonly members: number;
  readonly rounds: number;
  /** Rounds between commits; there is one at the end in any case. */
  readonly commitEvery: number;
  /** Members train on rows of their own, so many of them in a round (federated averaging). */
  readonly participants?: number;
  /** Of `members`, those that come over WebSocket. */
  readonly websockets?: number;
  /** Participants that do as little as the protocol lets them: what is measured is the coordinator alone. */
  readonly lean?: boolean;
}

/** What a process full of members is told. */
export interface MembersConfig {
  readonly address: string;
  readonly fingerprint: string | undefined;
  readonly token: string;
  readonly count: number;
  readonly layout: ParameterLayout;
  readonly up: UpdateCodec;
  readonly websocket?: boolean;
  /** Rows of each participant's own. */
  readonly rows?: number;
  readonly lean?: boolean | undefined;
}

export interface Listening {
  readonly type: 'listening';
  readonly address: string;
  readonly fingerprint: string | undefined;
  readonly token: string;
  readonly layout: ParameterLayout;
  readonly websocket: string | undefined;
}

/** What a coordinator's process measured of itself. */
export interface Measured {
  readonly type: 'measured';
  /** Floats of the parameter vector. */
  readonly floats: number;
  /** Milliseconds from the end of one round to the end of the next. */
  readonly rounds: readonly number[];
  /** Milliseconds of this process's processor time, user and system, in each of them. */
  readonly cpu: readonly number[];
  readonly commits: readonly number[];
  /** Bytes over the sockets in a round, both directions, all members. */
  readonly bytesPerRound: number;
  /** Largest resident memory of this process, bytes. */
  readonly peakMemory: number;
  /** Resident memory after each round, bytes. */
  readonly memory: readonly number[];
  /** Milliseconds that the event loop was late, 99th percentile over all rounds but the first ones. */
  readonly delayed: number;
}

export type CoordinatorMessage = Listening | Measured;
