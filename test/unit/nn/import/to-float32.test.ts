import { describe, expect, it } from 'vitest';
import { asFloat32, toFloat32 } from '../../../../shared/nn/import/to-float32.ts';
import { DATA_TYPES } from '../../../../shared/onnx/data-types.ts';
import type { Graph, Model, Node } from '../../../../shared/onnx/model.ts';

describe('16 and 64 bits as float32', () => {
  it('half precision: normal, subnormal, signed, infinite, and no number', () => {
    const bits = Uint16Array.of(
      0x3c00,
      0xc000,
      0x3555,
      0x0001,
      0x03ff,
      0x0400,
      0x7bff,
      0x8000,
      0x7c00,
      0xfc00,
    );
    const { type, data } = asFloat32({ type: 'float16', dims: [10], data: bits });
    expect(type).toBe('float32');
    const small = 2 ** -24;
    const expected = [
      1,
      -2,
      0.333251953125,
      small,
      1023 * small,
      2 ** -14,
      65504,
      -0,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ];
    expect([...(data as Float32Array)]).toEqual(expected);
    expect(asFloat32({ type: 'float16', dims: [1], data: Uint16Array.of(0x7e00) }).data[0]).toBeNaN();
  });

  it('brain floats are the upper half of a float32', () => {
    const { data } = asFloat32({ type: 'bfloat16', dims: [3], data: Uint16Array.of(0x3f80, 0xc049, 0x0000) });
    expect([...(data as Float32Array)]).toEqual([1, -3.140625, 0]);
  });

  it('casts, constants and the bodies of control flow follow; integers stay', () => {
    const cast = (to: 'float16' | 'int64'): Node => ({
      name: to,
      op: 'Cast',
      domain: '',
      inputs: ['x'],
      outputs: [`as_${to}`],
      attributes: { to: { kind: 'int', value: DATA_TYPES[to].code } },
    });
    const graph: Graph = {
      name: 'g',
      nodes: [cast('float16'), cast('int64')],
      inputs: [{ name: 'x', type: 'float16', dims: [1] }],
      outputs: [],
      initializers: new Map([['w', { type: 'float64', dims: [1], data: Float64Array.of(0.1) }]]),
    };
    const body: Node = {
      name: 'if',
      op: 'If',
      domain: '',
      inputs: [],
      outputs: [],
      attributes: { then_branch: { kind: 'graph', value: graph } },
    };
    const model: Model = {
      irVersion: 9,
      opsets: { '': 20 },
      producer: '',
      metadata: {},
      graph: { ...graph, nodes: [...graph.nodes, body] },
    };
    const { model: result, converted } = toFloat32(model);
    const inner = result.graph.nodes[2]!.attributes['then_branch']!;
    for (const part of [result.graph, (inner as { value: typeof result.graph }).value]) {
      expect(part.nodes[0]!.attributes['to']).toEqual({ kind: 'int', value: DATA_TYPES.float32.code });
      expect(part.nodes[1]!.attributes['to']).toEqual({ kind: 'int', value: DATA_TYPES.int64.code });
      expect(part.inputs[0]!.type).toBe('float32');
      expect(part.initializers.get('w')).toEqual({ type: 'float32', dims: [1], data: Float32Array.of(0.1) });
    }
    expect(converted).toEqual(new Map([['float64', 2]]));
  });
});
