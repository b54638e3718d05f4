import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeLayout } from '../../../../shared/parameters/layout.ts';

describe('makeLayout', () => {
  const tensor = fc.record({
    dims: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 }),
    section: fc.constantFrom('trainable' as const, 'buffers' as const),
    decay: fc.boolean(),
  });

  it('places every tensor once, aligned, sections apart, in order', () => {
    fc.assert(
      fc.property(fc.array(tensor, { maxLength: 12 }), (tensors) => {
        const layout = makeLayout(tensors.map((entry, i) => ({ ...entry, name: `t${i}` })));
        expect(layout.trainable + layout.buffers).toBe(layout.length);
        let end = 0;
        for (const entry of layout.entries) {
          expect(entry.offset % 4).toBe(0);
          expect(entry.offset).toBe(end);
          expect(entry.length).toBe(entry.dims.reduce((product, dim) => product * dim, 1));
          end = Math.ceil((entry.offset + entry.length) / 4) * 4;
          if (entry.section === 'trainable') expect(end).toBeLessThanOrEqual(layout.trainable);
          else expect(entry.offset).toBeGreaterThanOrEqual(layout.trainable);
        }
        expect(end).toBe(layout.length);
        for (const section of ['trainable', 'buffers'] as const) {
          const placed = layout.entries.filter((entry) => entry.section === section);
          expect(placed.map(({ name }) => name)).toEqual(
            tensors.flatMap((entry, i) => (entry.section === section ? [`t${i}`] : [])),
          );
        }
      }),
    );
  });
});
