import { describe, expect, it } from 'vitest';
import { gradientPath } from '../../../shared/autodiff/gradient-path.ts';
import type { Model, Node } from '../../../shared/onnx/model.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';

const node = (op: string, inputs: string[], output: string): Node => ({
  name: `${output}_node`,
  op,
  domain: '',
  inputs,
  outputs: [output],
  attributes: {},
});

const model = (nodes: Node[]): Model => ({
  irVersion: 9,
  opsets: { '': 20 },
  producer: '',
  metadata: {},
  graph: {
    name: 'graph',
    nodes,
    inputs: [{ name: 'x', type: 'float32', dims: ['batch', 2] }],
    outputs: [{ name: 'y', type: 'float32', dims: ['batch', 2] }],
    initializers: new Map([
      ['w', float32([2], [1, 2])],
      ['v', float32([2], [1, 2])],
    ]),
  },
});

describe('the way of gradients', () => {
  it('names operators without a rule between a weight and the output, and none elsewhere', () => {
    const nodes = [
      node('Frobnicate', ['x'], 'before'),
      node('Mul', ['before', 'w'], 'product'),
      node('Frobnicate', ['product'], 'odd'),
      node('Add', ['odd', 'v'], 'y'),
      node('Frobnicate', ['y'], 'behind'),
    ];
    const way = gradientPath(model(nodes), ['w', 'v'], ['y']);
    expect(way.missing.map(({ name }) => name)).toEqual(['odd_node']);
    expect(gradientPath(model(nodes), ['v'], ['y']).missing).toEqual([]);
    expect(gradientPath(model(nodes), ['w', 'v'], ['y'], ({ op }) => op === 'Frobnicate').missing).toEqual(
      [],
    );
  });

  it('names weights that only steps and integers lead on', () => {
    const nodes = [
      node('Mul', ['x', 'w'], 'product'),
      node('Floor', ['product'], 'stepped'),
      node('Mul', ['stepped', 'v'], 'y'),
    ];
    const way = gradientPath(model(nodes), ['w', 'v'], ['y']);
    expect(way.cuts.map(({ op }) => op)).toEqual(['Floor']);
    expect(way.unreached).toEqual(['w']);
    const around = [
      ...nodes.slice(0, 2),
      node('Mul', ['stepped', 'v'], 'part'),
      node('Add', ['part', 'product'], 'y'),
    ];
    expect(gradientPath(model(around), ['w', 'v'], ['y']).unreached).toEqual([]);
  });
});
