import type { Node } from './model.ts';

const MOST = 4;

/**
 * Where a node sits in its graph, for messages: which nodes give its inputs, and which read its outputs. Empty for a
 * node that stands alone.
 */
export function placeOf(node: Node, nodes: readonly Node[]): string {
  const gives = (value: string) => nodes.find(({ outputs }) => value !== '' && outputs.includes(value));
  const before = node.inputs.flatMap((input) => gives(input) ?? []);
  const behind = nodes.filter(({ inputs }) =>
    inputs.some((input) => input !== '' && node.outputs.includes(input)),
  );
  const parts = [listed('after', before), listed('before', behind)].filter((part) => part !== '');
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}

function listed(word: string, nodes: readonly Node[]): string {
  const names = [...new Set(nodes)].map(({ op, name }) => `${op} '${name}'`);
  if (names.length === 0) return '';
  const more = names.length > MOST ? ` and ${names.length - MOST} more` : '';
  return `${word} ${names.slice(0, MOST).join(' and ')}${more}`;
}
