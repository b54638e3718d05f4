import type { AssignmentMessage } from '../../shared/protocol/messages.ts';
import { connect } from './connection.ts';
import { handIn, orderOf, vectorsOf } from './exchange.ts';
import type { World } from './participant.ts';

/**
 * A member of the coordinator's own, which measures on the coordinator's rows. It takes no virtual time: what is simulated are the
 * participants.
 *
 * @returns how it goes
 */
export function startEvaluator(
  { clock, place, pool, references, equip, failed }: World,
  name: string,
): () => void {
  const { session } = connect(place, { name, evaluator: true });
  const work = async (assignment: AssignmentMessage): Promise<void> => {
    const vectors = await vectorsOf(session, assignment, { references, kept: '' });
    const task = { rows: 'coordinator' as const, order: orderOf(assignment), vectors };
    const result = await pool.submit(task, clock.now()).result;
    // Not awaited: the answer to it comes while time stands still, or never, if the run ends.
    if (result) void handIn(session, assignment, result, 0);
  };
  session.on('welcome', (welcome) => void equip(session, welcome, false).catch(failed));
  session.on('assign', (assignment) => {
    const done = work(assignment);
    clock.hold(done);
    done.catch(failed);
  });
  session.start();
  return () => session.close();
}
