import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { register } from '../../../cli/commands/predict.ts';
import { showError } from '../../../cli/errors.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import { FEATURE_COLUMNS } from '../../../shared/data/feature-names.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { targetColumnMetadata } from '../../../shared/programs/output-metadata.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-predict-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The sign of the sum of two numbers: `yes` where it is positive. */
function signs(metadata: Readonly<Record<string, string>> = {}): string {
  const builder = new GraphBuilder();
  builder.input('features', 'float32', ['batch', 2]);
  const sum = builder.op('MatMul', ['features', builder.initializer('w', float32([2, 1], [1, 1]))]);
  builder.output(builder.op('Sigmoid', [sum], {}, 'probabilities'));
  const classes = { 'tributary.classes': '["no","yes"]' };
  return file(
    'signs.onnx',
    writeModel(builder.build({ name: 'signs', metadata: { ...classes, ...metadata } })),
  );
}

async function predict(...args: readonly string[]): Promise<{ out: string; err: string }> {
  const program = new Command().exitOverride();
  register(program);
  const said = { out: '', err: '' };
  for (const [stream, name] of [
    [process.stdout, 'out'],
    [process.stderr, 'err'],
  ] as const) {
    vi.spyOn(stream, 'write').mockImplementation((chunk) => {
      said[name] += String(chunk);
      return true;
    });
  }
  try {
    await program.parseAsync(['predict', ...args], { from: 'user' });
  } finally {
    vi.restoreAllMocks();
  }
  return said;
}

describe('a column of true answers', () => {
  test.each([['--csv'], ['--json'], []])(
    'that holds none of the classes is refused, where it said 0 %% right %s',
    async (...form) => {
      const table = file('digits.csv', 'a,b,digit\n1,2,7\n-1,0,3\n2,2,x9\n3,3,7\n');
      const error = await predict(signs(), table, '--target', 'digit', ...form).catch((thrown) => thrown);
      expect(showError(error, false)).toEqual({
        code: EXIT.data,
        text:
          `error: ${table}, column "digit": It holds 7, 3, x9, none of the classes no, yes that the model predicts.\n` +
          '  Name the column of the true answers with --target, or leave --target out.',
      });
    },
  );

  test('of which some are none of the classes: they are counted, as wrong', async () => {
    const table = file('some.csv', 'a,b,even\n1,2,yes\n-1,0,no\n2,2,x9\n3,3,\n');
    const { out, err } = await predict(signs(), table, '--target', 'even');
    expect(out).toContain(
      '2 of 3 rows as the table says: accuracy 66.67 %; 1 of them, counted as wrong, say x9, none of the classes no, yes; left out: 1 row has no answer\n',
    );
    expect(err).toBe('');
  });

  test.each([
    ['csv', 'a,b,even\n1,2,\n-1,0,\n'],
    ['json', '[{"a": 1, "b": 2, "even": null}, {"a": -1, "b": 0, "even": ""}]'],
  ])('that is empty made predict fail: rows need none (%s)', async (kind, content) => {
    const table = file(`unlabelled.${kind}`, content);
    const model = signs({ [FEATURE_COLUMNS]: '["a","b"]' });
    const { out } = await predict(model, table, '--target', 'even');
    expect(out).toContain('│ yes        │ 95.3 %');
    expect(out).toMatch(/not compared: 2 rows have no answer\n$/);
    const rows = JSON.parse((await predict(model, table, '--target', 'even', '--json')).out);
    expect(rows).toMatchObject([
      { value: 'yes', actual: '' },
      { value: 'no', actual: '' },
    ]);
    expect((await predict(model, table)).out).not.toContain('compared');
  });

  test('of numbers is compared where there is one', async () => {
    const builder = new GraphBuilder();
    builder.input('features', 'float32', ['batch', 1]);
    builder.output(builder.op('Relu', ['features'], {}, 'prediction'));
    const model = file('numbers.onnx', writeModel(builder.build({ name: 'numbers' })));
    const some = await predict(model, file('n.csv', 'a,y\n1,2\n5,\n3,6\n'), '--target', 'y');
    expect(some.out).toContain('mean absolute error 2.000 over 2 rows; left out: 1 row has no answer\n');
    const none = await predict(model, file('o.csv', 'a,y\n1,\n5,\n'), '--target', 'y');
    expect(none.out).toContain('not compared: 2 rows have no answer\n');
  });

  test('of which all are classes has no more said about it', async () => {
    const table = file('all.csv', 'a,b,even\n1,2,yes\n-1,0,yes\n');
    const { out } = await predict(signs(), table, '--target', 'even');
    expect(out).toMatch(/1 of 2 rows as the table says: accuracy 50\.00 %\n$/);
  });
});

describe('a model that was trained to predict a column', () => {
  const model = () => signs(targetColumnMetadata(['2']));

  test('warns where --target is another, and that one becomes a feature', async () => {
    const table = file('swapped.csv', '1,yes,1\n-1,no,0\n');
    const { out, err } = await predict(model(), table, '--target', '1');
    expect(err).toBe(
      'warning: the model was trained to predict column 2; with --target 1 that column is read as a feature. If the table is the one of the training, use --target 2.\n',
    );
    expect(out).toContain('2 of 2 rows');
  });

  test.each(['2', 'even'])('says nothing where --target %s is it', async (target) => {
    const table = file('headed.csv', 'a,b,even\n1,1,yes\n-1,0,no\n');
    const { err } = await predict(model(), table, '--target', target);
    expect(err).toBe('');
  });
});

test('several --target of a file that does not say what its outputs mean: it is not said that it had one', async () => {
  const builder = new GraphBuilder();
  builder.input('pixels', 'float32', ['batch', 2]);
  for (const name of ['logits', 'is_even', 'hidden'])
    builder.output(builder.op('Relu', ['pixels'], {}, name));
  const foreign = file('foreign.onnx', writeModel(builder.build({ name: 'foreign' })));
  const table = file('rows.csv', 'a,b,digit,even\n1,2,1,no\n');
  await expect(predict(foreign, table, '--target', 'digit', '--target', 'even')).rejects.toThrow(
    '--target is given twice, and only the first output of the model is looked at: the file does not say what is_even, hidden mean.',
  );
});

test('the help says what is compared of labels', async () => {
  const program = new Command();
  register(program);
  const help = program.commands[0]!.helpInformation().replaceAll(/\s+/g, ' ');
  expect(help).toContain('the label that is read from its symbols');
  expect(help).toContain('of labels the label error rate too');
});
