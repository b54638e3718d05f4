import type { Node } from './model.ts';
import { OPERATORS } from './shapes/registry.ts';

/** What is wrong with a node's attributes, by its operator's row. */
export function attributeProblems(node: Node): string[] {
  const row = node.domain === '' ? OPERATORS.get(node.op) : undefined;
  if (!row) return [];
  const problems: string[] = [];
  const where = `node ${node.name} (${node.op})`;
  for (const [name, spec] of Object.entries(row.attributes)) {
    if (spec.required && !node.attributes[name]) problems.push(`${where}: attribute ${name} is missing`);
  }
  for (const [name, value] of Object.entries(node.attributes)) {
    const spec = row.attributes[name];
    if (!spec) {
      const allowed = Object.keys(row.attributes).join(', ') || 'none';
      problems.push(`${where}: unknown attribute ${JSON.stringify(name)}; it has: ${allowed}`);
    } else if (spec.kind !== value.kind) {
      problems.push(`${where}: attribute ${name} is ${value.kind}, it must be ${spec.kind}`);
    }
  }
  return problems;
}
