import { ModelError } from '../errors.ts';
import type { Node } from '../model.ts';
import { placeOf } from '../place.ts';
import { expansionOf } from './registry.ts';

/** Operators of com.microsoft that are understood in another form, and how to get it. */
const INSTEAD: Readonly<Record<string, string>> = {
  QAttention: 'quantise the model without attention (op_types_to_quantize), or train the float model',
  GatherBlockQuantized: 'leave the embedding unquantised',
  QMoE: 'train the float model',
  MoE: 'export the experts as standard operators',
};

/**
 * Whether an operator's domain is one that can be read.
 * @param nodes those of its graph, to say where it sits
 * @throws ModelError with what would help
 */
export function checkDomain(node: Node, nodes: readonly Node[] = []): void {
  const { domain, op } = node;
  if (domain === '') return;
  const where = `node ${node.name}: operator ${domain}.${op}${placeOf(node, nodes)}`;
  if (domain === 'com.microsoft') {
    if (expansionOf(op, domain)) return;
    throw new ModelError(
      `${where} is private to ONNX Runtime and is not understood: ` +
        (INSTEAD[op] ?? "export the model again without ONNX Runtime's offline optimisation"),
    );
  }
  if (domain === 'ai.onnx.ml') {
    throw new ModelError(
      `${where} is classical machine learning and has no gradient: keep it out of the model (train on its ` +
        'outputs as features), or convert the model to tensor operators first (Hummingbird does)',
    );
  }
  throw new ModelError(
    `${where} is of a domain that is not known (ai.onnx and com.microsoft are), and the model brings no function ` +
      'for it: export the model with standard operators, or as a function of them',
  );
}
