import { describe, expect, it } from 'vitest';
import type { WireJob } from '../../../shared/job/job.ts';
import { JobError, type Problem } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { wireOf } from '../../../shared/job/wire-job.ts';

const job = (wire: string, more = ''): string =>
  [
    'name: small',
    'data: { source: a.csv, target: { column: label } }',
    'model: { mlp: { hidden: [8] } }',
    'loss: cross-entropy',
    'epochs: 2',
    wire,
    more,
    '',
  ].join('\n');

const LOCAL = 'strategy: { local-steps: 4 }';

function problemsOf(text: string): readonly Problem[] {
  try {
    parseJob(text, 'job.yaml');
  } catch (error) {
    if (error instanceof JobError) return error.problems;
    throw error;
  }
  return [];
}

describe('wire', () => {
  const up = (value: WireJob): unknown => (typeof value === 'string' ? value : value.up);
  it.each([
    ['', 'f32'],
    ['wire: bf16', 'bf16'],
    ['wire: { down: f16 }', 'f16'],
    ['wire: { down: f16, up: f16 }', 'f16'],
    ['wire: { down: f16, up: f32 }', { kind: 'f32' }],
    ['wire: { down: f16, up: int8 }', { kind: 'int8', errorFeedback: false }],
    ['wire: { down: f16, up: { int8: { error-feedback: true } } }', { kind: 'int8', errorFeedback: true }],
    ['wire: { down: f16, up: { top-k: 0.01 } }', { kind: 'top-k', share: 0.01, errorFeedback: true }],
    ['wire: { down: f16, up: { random-k: 0.1 } }', { kind: 'random-k', share: 0.1, errorFeedback: true }],
    ['wire: { down: f16, up: sign }', { kind: 'sign', aggregate: 'mean', errorFeedback: true }],
    [
      'wire: { down: f16, up: { sign: majority } }',
      { kind: 'sign', aggregate: 'majority', errorFeedback: false },
    ],
  ])('%s', (line, expected) => {
    expect(up(parseJob(job(line), 'job.yaml').wire)).toEqual(expected);
  });

  it('changes of the weights are shown to who asks for them in another place', () => {
    const [down] = problemsOf(job('wire: { down: int8 }'));
    expect(down?.allowed).toEqual(['f32', 'f16', 'bf16', 'down: { delta: int8 }']);
    const [delta] = problemsOf(job('wire: { delta: int8 }'));
    expect(delta?.message).toContain('write wire: { down: { delta: int8 } }');
  });

  it('says what is asked of a member', () => {
    const wire = (line: string) => wireOf(parseJob(job(line), 'job.yaml').wire);
    expect(wire('wire: f16')).toEqual({ down: 'f16', up: { codec: 'f16' } });
    expect(wire('wire: { down: bf16, up: { top-k: 0.02 } }')).toEqual({
      down: 'bf16',
      up: { codec: 'top-k', share: 0.02, errorFeedback: true },
    });
    expect(wire('wire: { down: f32, up: { sign: majority } }')).toEqual({
      down: 'f32',
      up: { codec: 'vote', errorFeedback: false },
    });
  });

  it.each([
    ['wire: { down: { delta: int8 } }', { down: 'f32', delta: 'int8', up: { kind: 'f32' } }],
    ['wire: { down: { codec: f32, delta: bf16 } }', { down: 'f32', delta: 'bf16', up: { kind: 'f32' } }],
    [
      'wire: { down: { delta: f16 }, up: { top-k: 0.01 } }',
      { down: 'f32', delta: 'f16', up: { kind: 'top-k', share: 0.01, errorFeedback: true } },
    ],
    ['wire: { down: { codec: bf16 } }', 'bf16'],
  ])('%s', (line, expected) => {
    const { wire } = parseJob(job(line), 'job.yaml');
    expect(wire).toEqual(expected);
    expect(wireOf(wire).delta).toBe(typeof expected === 'string' ? undefined : expected.delta);
  });

  it.each([
    [
      'deltas to weights that lost bits on the way',
      'wire: { down: { codec: f16, delta: int8 } }',
      '',
      'wire.down.codec',
      /holds all bits of the weights, which f16 does not give/,
    ],
    [
      'a delta that may leave numbers out',
      'wire: { down: { delta: top-k } }',
      '',
      'wire.down.delta',
      /unknown word/,
    ],
    ['a direction that weights cannot go', 'wire: { down: int8 }', '', 'wire.down', /unknown word/],
    [
      'a word in the wrong direction',
      'wire: int8',
      '',
      'wire',
      /unknown wire "int8": write wire: { down: f32, up: int8 }/,
    ],
    [
      'options in the wrong direction',
      'wire: { top-k: 0.1 }',
      '',
      'wire.top-k',
      /write wire: { down: f32, up: { top-k: 0.01 } }/,
    ],
    [
      'a codec that there is not',
      'wire: { down: f16, up: topk }',
      '',
      'wire.up',
      /unknown update-encoding "topk"/,
    ],
    ['everything', 'wire: { down: f16, up: { top-k: 1 } }', '', 'wire.up.top-k', /too large/],
    ['nothing', 'wire: { down: f16, up: { top-k: 0 } }', '', 'wire.up.top-k', /too small/],
    ['no share', 'wire: { down: f16, up: top-k }', '', 'wire.up.top-k.share', /missing/],
    [
      'gradients that are lost',
      'wire: { down: f16, up: { top-k: { share: 0.1, error-feedback: false } } }',
      '',
      'wire.up.top-k.error-feedback',
      /without error feedback/,
    ],
    [
      'votes over deltas',
      'wire: { down: f16, up: { sign: majority } }',
      LOCAL,
      'wire.up.sign',
      /only gradients/,
    ],
    [
      'votes with feedback',
      'wire: { down: f16, up: { sign: { aggregate: majority, error-feedback: true } } }',
      '',
      'wire.up.sign',
      /nothing to feed back/,
    ],
    [
      'votes clipped',
      'wire: { down: f16, up: { sign: majority } }',
      'clip-norm: 1',
      'clip-norm',
      /no size to clip/,
    ],
  ])('refuses %s', (_, line, more, path, message) => {
    const problems = problemsOf(job(line, more));
    expect(problems.map((problem) => problem.path)).toEqual([path]);
    expect(problems[0]!.message).toMatch(message);
    expect(problems[0]!.allowed.length + (problems[0]!.message.includes('missing') ? 1 : 0)).toBeGreaterThan(
      0,
    );
  });

  it('lets local steps go without feedback', () => {
    const line = 'wire: { down: f16, up: { random-k: { share: 0.1, error-feedback: false } } }';
    expect(problemsOf(job(line, LOCAL))).toEqual([]);
  });
});
