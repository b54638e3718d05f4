import { type ExpandContext, type ExpandRow, expansion } from './context.ts';
import { expandLoop, expandScan } from './loops.ts';

/** A branch that is known to be taken replaces the node; of two, both are computed and the condition chooses. */
function expandIf(c: ExpandContext): readonly string[] {
  const [known] = c.numbers(0) ?? [];
  if (known !== undefined) return c.inline(c.body(known === 0 ? 'else_branch' : 'then_branch'), []);
  const yes = c.inline(c.body('then_branch'), []);
  const no = c.inline(c.body('else_branch'), []);
  if (yes.length !== no.length) c.fail(`its branches give ${yes.length} and ${no.length} values`);
  return yes.map((value, output) => choose(c, value, no[output] as string, output));
}

function choose(c: ExpandContext, yes: string, no: string, output: number): string {
  const [a, b] = [c.typeOf(yes), c.typeOf(no)];
  const fit =
    a.type === b.type && a.dims.length === b.dims.length && a.dims.every((dim, i) => dim === b.dims[i]);
  if (!fit) {
    c.fail(
      `its condition is computed from data, and output ${output} is ${a.type}[${a.dims.join(', ')}] in one branch, ` +
        `${b.type}[${b.dims.join(', ')}] in the other: both must have one shape, so that either can be chosen`,
    );
  }
  const condition = c.rank(0) === 0 ? c.input(0) : c.e.reshape(c.input(0), []);
  return c.e.where(condition, yes, no);
}

export const CONTROL_FLOW: readonly ExpandRow[] = [
  expansion(
    'If',
    '',
    'the branch that a constant condition takes, else both branches and Where (equal shapes)',
    expandIf,
  ),
  expansion('Loop', '', 'its body once for every repetition; the number must be constant', expandLoop),
  expansion('Scan', '', 'its body once for every slice; the number must be known', expandScan),
];
