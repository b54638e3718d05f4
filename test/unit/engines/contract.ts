import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, EngineError, type Executable } from '../../../engines/engine.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { float32, int64, sizeOf, type Tensor, type TensorMap } from '../../../shared/onnx/tensor.ts';
import { collectGarbage } from '../../support/garbage.ts';
import { affine, cnn, graph, mlp, node, relativeDistance, stored, value } from './graphs.ts';

export interface ContractOptions {
  readonly create: () => Promise<Engine>;
  /** How many objects the runtime holds, where it counts them. */
  readonly liveObjects?: () => number;
}

const networks = { mlp, cnn };

/** What every engine must hold. One suite, run against each implementation. */
export function describeEngine(name: string, { create, liveObjects }: ContractOptions): void {
  describe(`engine contract: ${name}`, () => {
    let engine: Engine;
    const compiled: Executable[] = [];

    beforeAll(async () => {
      engine = await create();
    });
    afterAll(async () => {
      await engine.close();
    });

    async function compile(model: Model, withRespectTo?: string[]): Promise<Executable> {
      const executable = await engine.compile({
        model,
        ...(withRespectTo && { gradients: { of: 'loss', withRespectTo } }),
      });
      compiled.push(executable);
      return executable;
    }

    it('says what it is', () => {
      expect(engine.info.version).toMatch(/^\d+\.\d+/);
      expect(engine.info.threads).toBeGreaterThan(0);
    });

    it('writes outputs into the views it is given, and nothing beside them', async () => {
      const executable = await compile(affine);
      expect(executable.outputs).toEqual(['y', 'z', 't']);
      const flat = new Float32Array(20).fill(-1);
      const t = { ...int64([2], [0, 0]), data: new BigInt64Array(4).subarray(1, 3) };
      await executable.run(affineFeeds(2), {
        y: float32([2, 3], flat.subarray(1, 7)),
        z: float32([2, 3], flat.subarray(9, 15)),
        t,
      });
      expect([...flat]).toEqual([
        -1, 10, 22, 34, 16, 28, 40, -1, -1, 10, 21, 32, 13, 24, 35, -1, -1, -1, -1, -1,
      ]);
      expect([...t.data]).toEqual([8n, -4n]);
    });

    it('reads and writes views at any offset of a WebAssembly memory', async () => {
      const executable = await compile(affine);
      const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1 });
      // Four bytes beyond a multiple of sixteen: aligned for a float, not for a vector of four.
      const x = new Float32Array(buffer, 4, 6);
      x.set([0, 1, 2, 3, 4, 5]);
      const y = new Float32Array(buffer, 16 * 40 + 12, 6);
      await executable.run({ ...affineFeeds(2), x: float32([2, 3], x) }, { y: float32([2, 3], y) });
      expect([...y]).toEqual([10, 22, 34, 16, 28, 40]);
      expect(new Float32Array(buffer, 16 * 40, 3)).toEqual(new Float32Array(3));
      expect(new Float32Array(buffer, 16 * 40 + 36, 3)).toEqual(new Float32Array(3));
    });

    it('takes a different batch size at each run', async () => {
      const executable = await compile(affine);
      for (const batch of [1, 5, 2, 64]) {
        const y = new Float32Array(batch * 3);
        await executable.run(affineFeeds(batch), { y: float32([batch, 3], y) });
        expect(y.at(-1)).toBe(2 * (batch * 3 - 1) + 30);
      }
    });

    it('fetches nothing that is not named', async () => {
      const executable = await compile(affine);
      const z = new Float32Array(3);
      await executable.run(affineFeeds(1), { z: float32([1, 3], z) });
      expect([...z]).toEqual([10, 21, 32]);
      await executable.run(affineFeeds(1), {});
    });

    it.each<[string, TensorMap, TensorMap, RegExp]>([
      ['a missing feed', { x: feeds1.x!, target: feeds1.target! }, {}, /"affine".*input "b".*missing/],
      ['an unknown feed', { ...feeds1, bogus: feeds1.b! }, {}, /no input "bogus".*x, b, target/],
      [
        'a wrong shape',
        { ...feeds1, b: float32([2], [1, 2]) },
        {},
        /input "b" is float32\[2\].*float32\[3\]/,
      ],
      ['a wrong rank', { ...feeds1, b: float32([1, 3], [1, 2, 3]) }, {}, /input "b" is float32\[1, 3\]/],
      [
        'a wrong type',
        { ...feeds1, target: float32([1], [1]) },
        {},
        /input "target" is float32.*int64\[batch\]/,
      ],
      [
        'a batch that differs between feeds',
        { ...feeds1, target: int64([2], [1, 2]) },
        {},
        /"target".*batch = 1 \(from input "x"\)/,
      ],
      [
        'data that is no match for the shape',
        { ...feeds1, b: { ...feeds1.b!, dims: [3], data: new Float32Array(4) } },
        {},
        /"b" has 4 elements/,
      ],
      [
        'an array of another type',
        { ...feeds1, b: { ...feeds1.b!, data: new Float64Array(3) } },
        {},
        /"b".*Float64Array/,
      ],
      ['an unknown result', feeds1, { q: float32([1], [0]) }, /no output "q".*y, z, t/],
      [
        'a result of the wrong shape',
        feeds1,
        { y: float32([2, 3], new Float32Array(6)) },
        /output "y".*batch = 1/,
      ],
      ['a result of the wrong type', feeds1, { t: float32([1], [0]) }, /output "t" is float32.*int64/],
    ])('refuses %s by name', async (_, feeds, results, message) => {
      const executable = await compile(affine);
      const failure = executable.run(feeds, results);
      await expect(failure).rejects.toThrow(EngineError);
      await expect(failure).rejects.toThrow(message);
    });

    it('goes on after a refused run', async () => {
      const executable = await compile(affine);
      await expect(executable.run({}, {})).rejects.toThrow(EngineError);
      const y = new Float32Array(3);
      await executable.run(affineFeeds(1), { y: float32([1, 3], y) });
      expect([...y]).toEqual([10, 22, 34]);
    });

    it('refuses to compile what it cannot, by name', async () => {
      const unknown = graph(
        'odd',
        [value('x', [1])],
        [value('y', [1])],
        [node('NoSuchOperator', ['x'], ['y'])],
      );
      await expect(engine.compile({ model: unknown })).rejects.toThrow(/NoSuchOperator/);
      const gradients = { of: 'nothing', withRespectTo: ['x'] };
      await expect(engine.compile({ model: affine, gradients })).rejects.toThrow(/"nothing".*y, z, t/);
    });

    it.each(['mlp', 'cnn'] as const)(
      'computes the loss and gradients of a %s as PyTorch does',
      async (kind) => {
        const { feeds, outputs } = stored(kind);
        const parameters = Object.keys(feeds).filter((key) => key !== 'x' && key !== 'target');
        const executable = await compile(networks[kind], parameters);
        expect(executable.outputs).toEqual(Object.keys(outputs));
        const results = Object.fromEntries(
          Object.entries(outputs).map(([key, { dims }]) => [key, empty(dims)]),
        );
        await executable.run(feeds, results);
        for (const [key, { data }] of Object.entries(outputs)) {
          expect(relativeDistance(numbers(results[key]!), data as Float32Array), key).toBeLessThan(1e-5);
        }
      },
    );

    it('sets the gradient of an input that the loss does not depend on to zero', async () => {
      const model = graph(
        'apart',
        [value('x', [2]), value('w', [2]), value('unused', [3])],
        [value('loss', [])],
        [
          node('Mul', ['x', 'w'], ['product']),
          node('ReduceSum', ['product'], ['loss'], { keepdims: { kind: 'int', value: 0 } }),
        ],
      );
      const executable = await compile(model, ['w', 'unused']);
      const results = { w_grad: empty([2]), unused_grad: float32([3], [7, 7, 7]) };
      const feeds = { x: float32([2], [3, 5]), w: float32([2], [1, 1]), unused: float32([3], [1, 2, 3]) };
      await executable.run(feeds, results);
      expect([...numbers(results.w_grad)]).toEqual([3, 5]);
      expect([...numbers(results.unused_grad)]).toEqual([0, 0, 0]);
    });

    it('serves several executables, and runs that overlap', async () => {
      const executables = await Promise.all([compile(affine), compile(affine), compile(mlp)]);
      const ys = [empty([2, 3]), empty([2, 3]), empty([1, 3])];
      const { feeds, outputs } = stored('mlp');
      const loss = empty([]);
      await Promise.all([
        executables[0]!.run(affineFeeds(2), { y: ys[0]! }),
        executables[1]!.run(affineFeeds(2), { y: ys[1]! }),
        executables[0]!.run(affineFeeds(1), { y: ys[2]! }),
        executables[2]!.run(feeds, { loss }),
      ]);
      expect([...numbers(ys[0]!)]).toEqual([10, 22, 34, 16, 28, 40]);
      expect([...numbers(ys[1]!)]).toEqual([10, 22, 34, 16, 28, 40]);
      expect([...numbers(ys[2]!)]).toEqual([10, 22, 34]);
      expect(numbers(loss)[0]).toBeCloseTo(Number(outputs['loss']!.data[0]), 4);
    });

    it('gives the same bits for the same feeds', async () => {
      const { feeds, outputs } = stored('cnn');
      const executable = await compile(cnn, ['conv1.weight', 'dense.bias']);
      const run = async () => {
        const gradient = empty(outputs['conv1.weight_grad']!.dims);
        await executable.run(feeds, { 'conv1.weight_grad': gradient });
        return numbers(gradient);
      };
      expect(await run()).toEqual(await run());
    });

    it('keeps its memory bounded over 500 runs', async () => {
      const { feeds, outputs } = stored('mlp');
      const executable = await compile(mlp, ['dense1.weight', 'dense2.bias']);
      const results = {
        loss: empty([]),
        'dense1.weight_grad': empty(outputs['dense1.weight_grad']!.dims),
        'dense2.bias_grad': empty(outputs['dense2.bias_grad']!.dims),
      };
      // What nobody holds any more is no leak, whenever it would be collected.
      const resident = (): number => {
        collectGarbage();
        return process.memoryUsage().rss;
      };
      // V8 lets 64 MB of buffers wait for a full collection, and the allocator keeps what was freed: so much once is no leak either.
      for (let count = 0; count < 500; count++) await executable.run(feeds, results);
      const [before, objects] = [resident(), liveObjects?.()];
      for (let count = 0; count < 500; count++) await executable.run(feeds, results);
      expect(resident() - before).toBeLessThan(32 * 2 ** 20);
      expect(liveObjects?.()).toBe(objects);
    });

    it('releases once, waits for the run in hand, and refuses to run then', async () => {
      const before = liveObjects?.();
      const executable = await engine.compile({ model: mlp });
      const { feeds } = stored('mlp');
      const loss = empty([]);
      const running = executable.run(feeds, { loss });
      await Promise.all([running, executable.release(), executable.release()]);
      expect(numbers(loss)[0]).not.toBe(0);
      await executable.release();
      await expect(executable.run(feeds, { loss })).rejects.toThrow(EngineError);
      await expect(executable.run(feeds, { loss })).rejects.toThrow(/"mlp".*released/);
      expect(liveObjects?.()).toBe(before);
    });

    it('closes once, with everything it compiled', async () => {
      const other = await create();
      const executable = await other.compile({ model: affine });
      await other.close();
      await other.close();
      await expect(executable.run(affineFeeds(1), {})).rejects.toThrow(/released/);
      await expect(other.compile({ model: affine })).rejects.toThrow(/closed/);
      // The first engine is none the worse for it.
      const y = empty([1, 3]);
      await compiled[0]!.run(affineFeeds(1), { y });
      expect([...numbers(y)]).toEqual([10, 22, 34]);
    });
  });
}

/** x = 0, 1, 2, … and target = 7, -5, 7, … */
function affineFeeds(batch: number): Record<string, Tensor> {
  return {
    x: float32(
      [batch, 3],
      Float32Array.from({ length: batch * 3 }, (_, index) => index),
    ),
    b: float32([3], [10, 20, 30]),
    target: int64(
      [batch],
      Array.from({ length: batch }, (_, index) => (index % 2 === 0 ? 7 : -5)),
    ),
  };
}

const feeds1 = affineFeeds(1);

function empty(dims: readonly number[]): Tensor {
  return float32(dims, new Float32Array(sizeOf(dims)));
}

function numbers(tensor: Tensor): Float32Array {
  return tensor.data as Float32Array;
}
