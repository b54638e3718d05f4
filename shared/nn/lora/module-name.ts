import type { Weight } from '../import/weights.ts';

/**
 * A module's name as PyTorch has it, of the weight's (`encoder.0.query.weight`), or, where the exporter gave the weight a
 * name of its own (`onnx::MatMul_283`, `val_67`), of the node that reads it (`/encoder/0/query/MatMul`).
 */
export function moduleName({ name, uses }: Weight): string {
  const isOwn = /^(onnx::|val_\d+$|\/)/.test(name);
  const node = uses[0]?.node;
  if (!isOwn || node === undefined) return name.replace(/\.weight$/, '');
  const parts = node.name.split('/').filter((part) => part !== '');
  const modules = parts.length > 1 ? parts.slice(0, -1) : parts;
  return modules.join('.') || name;
}
