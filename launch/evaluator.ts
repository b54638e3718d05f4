import type { Coordinator } from '../coordinator/coordinator.ts';
import { LocalChannel } from '../shared/protocol/local-channel.ts';
import { createMember } from '../worker/create-member.ts';
import type { Member } from '../worker/member.ts';
import { threadsFor } from './threads.ts';

/**
 * A member of the coordinator's own that measures the weights of a federated run on the coordinator's held-out rows, in a thread of this
 * process: no participant is sent these rows, or is believed about them.
 *
 * @param directory of the ingested rows
 */
export async function startEvaluator(
  coordinator: Coordinator,
  token: string,
  directory: string,
  warn: (message: string) => void,
): Promise<Member> {
  const member = await createMember({
    dial: async () => {
      const [here, there] = LocalChannel.pair();
      coordinator.accept(there, true);
      return here;
    },
    token,
    name: 'evaluator',
    engine: 'cpu',
    threads: threadsFor(1),
    cache: directory,
    blocks: { kind: 'own', directory },
  });
  member.on('failed', ({ message }) => warn(`the evaluation on the held-out rows failed: ${message}`));
  member.on('refused', ({ message }) => warn(`the held-out rows are not evaluated: ${message}`));
  member.start();
  return member;
}
