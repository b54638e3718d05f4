import { expect, it } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { PRODUCTS } from '../../../shared/autodiff/mixed-precision/operators.ts';
import { liveBytes } from '../../../shared/autodiff/recompute/live-bytes.ts';
import { inferGraph } from '../../../shared/onnx/shapes/infer.ts';
import { LOSS } from '../../../shared/programs/program.ts';
import { titled } from '../../support/zoo.ts';
import { programOf, zooModel } from './zoo-gradients.ts';

const mixed = (title: string, accumulates?: 'float16' | 'float32') => {
  const { model, differentiate } = programOf(zooModel(title));
  return gradientModel(model, LOSS, differentiate, 'webgpu', { precision: 'mixed', accumulates });
};

const typesOfProducts = (model: ReturnType<typeof mixed>) => {
  const { types } = inferGraph(model.graph);
  const products = model.graph.nodes.filter(({ op }) => PRODUCTS.has(op));
  return new Set(products.map(({ inputs }) => types.get(inputs[0]!)?.type));
};

it.each(titled())('no product of %s is added up in float16 on WebGPU', (title) => {
  expect(typesOfProducts(mixed(title))).toEqual(new Set(['float32']));
});

it('an engine that adds up in float32 by itself is given float16', () => {
  expect(typesOfProducts(mixed('gpt', 'float32'))).toEqual(new Set(['float16']));
});

it('what is kept between the passes is as small, but for what one product takes', () => {
  const { model, differentiate } = programOf(zooModel('gpt'));
  const exact = liveBytes(gradientModel(model, LOSS, differentiate, 'webgpu'), 64);
  const [wide, narrow] = [liveBytes(mixed('gpt'), 64), liveBytes(mixed('gpt', 'float32'), 64)];
  expect(wide).toBeLessThan(exact);
  expect(wide - narrow).toBeLessThan(0.1 * exact);
});

it('a gradient casts activations anew, for equal casts would be joined and kept', () => {
  const { nodes } = mixed('gpt').graph;
  const casts = nodes.filter(({ op, name }) => op === 'Cast' && /\/float32(_\d+)?$/.test(name));
  const again = casts.filter(({ inputs }) => inputs[0]!.includes('/again'));
  expect(again.length).toBeGreaterThan(0);
});
