import { nodeHasher } from '../node/hasher.ts';
import { UPDATE_CODEC_NAMES } from '../shared/parameters/codecs/table.ts';
import type { UpdateCodec } from '../shared/parameters/codecs/update-codec.ts';
import type { Channel } from '../shared/protocol/channel.ts';
import { MemberSession } from '../shared/protocol/member-session.ts';
import type { AssignmentMessage } from '../shared/protocol/messages.ts';
import { version } from '../shared/version.ts';

export interface FakeMemberOptions {
  readonly dial: () => Promise<Channel>;
  readonly token: string;
  readonly name: string;
  readonly codec: UpdateCodec;
  /** The update that answers every assignment, encoded. It is only read, so members may share it. */
  readonly update: Uint8Array;
  readonly floats: number;
  /** Rows of its own: a federated participant. */
  readonly rows?: number;
}

/**
 * A member whose engine takes no time: it takes the weights as a real one does, over a real session, and hands in a
 * prepared update. What is left of a round is what the coordinator and the wire cost.
 */
export class FakeMember {
  /** Settles when the coordinator has ended the run; rejects when it does not take the member. */
  readonly finished: Promise<void>;
  private readonly session: MemberSession;

  constructor(private readonly options: FakeMemberOptions) {
    this.session = new MemberSession({
      dial: options.dial,
      hello: {
        token: options.token,
        name: options.name,
        version,
        capabilities: {
          engine: 'fake',
          provider: 'none',
          threads: 1,
          codecs: UPDATE_CODEC_NAMES,
          ownData: options.rows !== undefined,
          dataHash: '',
        },
      },
      hasher: nodeHasher,
    });
    this.finished = new Promise((resolve, reject) => {
      this.session.on('finished', () => {
        this.session.close();
        resolve();
      });
      this.session.on('refused', ({ message }) => reject(new Error(message)));
      this.session.on('assign', (assignment) => {
        this.answer(assignment).catch((error: Error) => {
          // Closed at the end of the run while the last weights were still coming.
          if (this.session.state !== 'closed') reject(error);
        });
      });
    });
    const { rows } = options;
    if (rows !== undefined) {
      this.session.on('welcome', () => this.session.ready({ examples: rows, heldOut: 0 }, []));
    }
    this.session.start();
  }

  private async answer({ id, incarnation, weights, work, uploadCredit }: AssignmentMessage): Promise<void> {
    if (work.kind !== 'gradient' && work.kind !== 'local' && work.kind !== 'own') {
      throw new Error(`a fake member has no answer to ${work.kind} work`);
    }
    const { codec, floats, update } = this.options;
    await this.session.fetch(weights);
    const examples = work.kind === 'own' ? this.options.rows! : work.end - work.start;
    const header = {
      examples,
      sums: { loss: examples, denominator: examples, correct: 0 },
      steps: 1,
      computeMs: 0,
    };
    const section = { name: 'parameters', codec, floats, bytes: update.length };
    await this.session.upload(
      { assignment: id, incarnation, header, sections: [section], credit: uploadCredit },
      update,
    );
  }
}
