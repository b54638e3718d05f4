import { expect, it } from 'vitest';
import { type Environment, missing } from '../../../../worker/browser/environment.ts';

const ALL: Environment = {
  secure: true,
  isolated: true,
  webgpu: true,
  wasm: true,
  workers: true,
  storage: true,
  cores: 4,
};

const texts = (found: Partial<Environment>): string =>
  missing({ ...ALL, ...found }, 'http://192.0.2.7:7301')
    .map(({ text }) => text)
    .join('\n');

it('lacks nothing where all is there', () => {
  expect(missing(ALL, 'https://lab.example')).toEqual([]);
});

it('says that an address without TLS takes WebGPU and threads away, and what to do', () => {
  const text = texts({ secure: false, isolated: false, webgpu: false });
  expect(text).toContain('http://192.0.2.7:7301 is no secure address');
  expect(text).toContain('--tls-cert');
  expect(text.split('\n')).toHaveLength(1);
});

it('says what else is missing, and what cannot be done without', () => {
  expect(texts({ isolated: false })).toContain('Cross-Origin-Embedder-Policy: require-corp');
  expect(texts({ webgpu: false })).toContain('4 cores');
  expect(texts({ storage: false })).toContain('after a reload it joins anew');
  expect(missing({ ...ALL, wasm: false }, '')).toMatchObject([{ fatal: true }]);
});
