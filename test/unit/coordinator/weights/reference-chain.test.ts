import { describe, expect, it } from 'vitest';
import { ReferenceChain } from '../../../../coordinator/weights/reference-chain.ts';
import { makeLayout } from '../../../../shared/parameters/layout.ts';
import { VectorMemory } from '../../../../shared/parameters/memory.ts';
import { createRandom } from '../../../../shared/parameters/random.ts';
import { type DeltaCodec, Reference } from '../../../../shared/parameters/reference.ts';
import { deltaId } from '../../../../shared/protocol/blob-id.ts';

const layout = makeLayout([{ name: 'weight', dims: [64, 32], section: 'trainable', decay: true }]);
const memory = VectorMemory.create(20 * layout.length);

function chainOf(codec: DeltaCodec, incarnation = 1) {
  const [weights, reference, change] = [0, 1, 2].map(() => memory.allocate(layout.length));
  const chain = new ReferenceChain(layout, reference!, change!, { codec, incarnation, seed: 3 });
  const random = createRandom(9);
  const move = (): void => {
    for (let i = 0; i < layout.length; i++) weights!.view[i]! += 0.01 * (random.next() - 0.5);
  };
  move();
  return { chain, weights: weights!, move };
}

/** A member that fetches what the chain offers it. */
function follow(chain: ReferenceChain, member: Reference): 'whole' | number {
  const steps = chain.since(member.id ?? '');
  if (!steps) {
    member.take(chain.id, chain.find(chain.id)!);
    return 'whole';
  }
  for (const step of steps) member.add({ ...step, bytes: chain.find(deltaId(step))! });
  return steps.length;
}

describe('the chain of what members hold', () => {
  it('brings who is a few versions behind up to date, and who is further behind takes the whole', () => {
    const { chain, weights, move } = chainOf('int8');
    const [always, sometimes, rarely] = [new Reference(layout), new Reference(layout), new Reference(layout)];
    const taken: Record<'always' | 'sometimes' | 'rarely', ('whole' | number)[]> = {
      ...{ always: [], sometimes: [], rarely: [] },
    };
    for (let version = 0; version < 12; version++) {
      chain.follow(weights, version);
      taken.always.push(follow(chain, always));
      if (version % 3 === 0) taken.sometimes.push(follow(chain, sometimes));
      if (version % 4 === 0) taken.rarely.push(follow(chain, rarely));
      move();
    }
    chain.follow(weights, 12);
    for (const member of [always, sometimes, rarely]) {
      follow(chain, member);
      expect(member.id).toBe(chain.id);
      expect(member.vector.view).toEqual(always.vector.view);
    }
    expect(taken.always).toEqual(['whole', ...Array(11).fill(1)]);
    // Three steps of 1.02 bytes a weight are fewer than 4; four are not.
    expect(taken.sometimes).toEqual(['whole', 3, 3, 3]);
    expect(taken.rarely).toEqual(['whole', 'whole', 'whole']);
    expect(follow(chain, always)).toBe(0);
  });

  it('keeps one step of 2 bytes a weight', () => {
    const { chain, weights, move } = chainOf('bf16');
    const [near, far] = [new Reference(layout), new Reference(layout)];
    chain.follow(weights, 0);
    follow(chain, far);
    move();
    chain.follow(weights, 1);
    follow(chain, near);
    move();
    chain.follow(weights, 2);
    expect(follow(chain, near)).toBe(1);
    expect(follow(chain, far)).toBe('whole');
  });

  it('gives versions that nobody was sent no step of their own', () => {
    const { chain, weights, move } = chainOf('int8');
    const member = new Reference(layout);
    chain.follow(weights, 0);
    follow(chain, member);
    for (let i = 0; i < 5; i++) move();
    chain.follow(weights, 5);
    expect(follow(chain, member)).toBe(1);
  });

  it('encodes a step once, and the same again for the same seed', () => {
    const steps = [chainOf('int8'), chainOf('int8'), chainOf('int8', 2)].map(({ chain, weights, move }) => {
      chain.follow(weights, 0);
      const first = chain.id;
      move();
      chain.follow(weights, 1);
      chain.follow(weights, 1);
      const [step] = chain.since(first)!;
      expect(chain.since(first)![0]!.bytes).toBe(step!.bytes);
      return step!;
    });
    expect(steps[1]).toEqual(steps[0]);
    // Another life of the coordinator: other ids, so that nothing is taken for what it is not.
    expect(steps[2]!.base).not.toBe(steps[0]!.base);
    expect(steps[2]!.bytes).not.toEqual(steps[0]!.bytes);
  });

  it('starts anew with weights that were put back', () => {
    const { chain, weights, move } = chainOf('int8');
    const member = new Reference(layout);
    chain.follow(weights, 0);
    follow(chain, member);
    move();
    chain.restart();
    chain.follow(weights, 1);
    expect(follow(chain, member)).toBe('whole');
    expect(member.vector.view).toEqual(weights.view);
  });

  it.each([
    ['f16', 'beyond its range', 1e5],
    ['int8', 'not finite', Number.POSITIVE_INFINITY],
  ] as const)('sends a change whole that is %s %s', (codec, _, value) => {
    const { chain, weights } = chainOf(codec);
    const member = new Reference(layout);
    chain.follow(weights, 0);
    follow(chain, member);
    weights.view[5] = value;
    chain.follow(weights, 1);
    expect(follow(chain, member)).toBe('whole');
    expect(member.vector.view).toEqual(weights.view);
  });

  it('still has the whole of the version before, for who is fetching it', () => {
    const { chain, weights, move } = chainOf('int8');
    chain.follow(weights, 0);
    const before = { id: chain.id, bytes: chain.find(chain.id)!.slice() };
    move();
    chain.follow(weights, 1);
    expect(chain.find(before.id)).toEqual(before.bytes);
    move();
    chain.follow(weights, 2);
    expect(chain.find(before.id)).toBeUndefined();
    expect(chain.find('version:1.2/parameters/f32')).toBeUndefined();
  });
});
