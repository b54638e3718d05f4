import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadPredictor } from '../../../cli/predict-model.ts';
import { readTexts } from '../../../cli/predict-texts.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { Tokenizer } from '../../../shared/text/tokenizer.ts';
import { TokenizerTrainer } from '../../../shared/text/train-tokenizer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-predict-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** x [batch, 2] times a matrix; `probabilities` by softmax or sigmoid, or a plain `prediction`. */
function model(name: string, kind: 'class' | 'binary' | 'number', classes?: readonly string[]): string {
  const builder = new GraphBuilder();
  builder.input('features', 'float32', ['batch', 2]);
  const outputs = kind === 'class' ? 3 : 1;
  const weights = kind === 'class' ? [10, 0, 0, 0, 10, -10] : [1, 2];
  const weight = builder.initializer('w', float32([2, outputs], weights));
  const result = builder.op('MatMul', ['features', weight], {}, kind === 'number' ? 'prediction' : 'logits');
  builder.output(result);
  if (kind === 'class') builder.output(builder.op('Softmax', [result], { axis: 1 }, 'probabilities'));
  if (kind === 'binary') builder.output(builder.op('Sigmoid', [result], {}, 'probabilities'));
  const metadata: Record<string, string> = classes ? { 'tributary.classes': JSON.stringify(classes) } : {};
  return file(name, writeModel(builder.build({ name, metadata })));
}

describe('predictor', () => {
  test('classes by name with their probability, in batches', async () => {
    const predictor = await loadPredictor(model('class.onnx', 'class', ['red', 'green', 'blue']), 'cpu', 1);
    const values = new Float32Array(600).map((_, at) => (at % 4 === 0 || at % 4 === 3 ? 1 : 0));
    const [predictions = []] = await predictor.predict(values, 300);
    await predictor.close();
    expect(predictions).toHaveLength(300);
    expect(predictions.map(({ value }) => value)).toEqual(
      Array.from({ length: 300 }, (_, row) => (row % 2 ? 'green' : 'red')),
    );
    expect(predictions[0]!.probability).toBeCloseTo(1, 3);
  });

  test('two classes by the probability of the second; without names, numbers', async () => {
    const predictor = await loadPredictor(model('binary.onnx', 'binary'), 'cpu', 1);
    const [[yes, no] = []] = await predictor.predict(Float32Array.of(1, 1, -1, 0), 2);
    await predictor.close();
    expect(yes).toMatchObject({ value: '1', probability: expect.closeTo(0.9526, 3) });
    expect(no).toMatchObject({ value: '0', probability: expect.closeTo(0.7311, 3) });
  });

  test('numbers', async () => {
    const predictor = await loadPredictor(model('number.onnx', 'number'), 'cpu', 1);
    expect(await predictor.predict(Float32Array.of(3, 4), 1)).toEqual([[{ value: 11 }]]);
    await predictor.close();
  });

  test('several numbers', async () => {
    const builder = new GraphBuilder();
    builder.input('features', 'float32', ['batch', 2]);
    const weight = builder.initializer('w', float32([2, 3], [1, 0, 1, 0, 1, 1]));
    builder.output(builder.op('MatMul', ['features', weight], {}, 'prediction'));
    const predictor = await loadPredictor(file('several.onnx', writeModel(builder.build())), 'cpu', 1);
    expect(await predictor.predict(Float32Array.of(3, 4), 1)).toEqual([[{ value: [3, 4, 7] }]]);
    await predictor.close();
  });

  test.each(['int32', 'int64'] as const)('tokens as %s, from texts', async (type) => {
    const builder = new GraphBuilder();
    builder.input('features', type, ['batch', 4]);
    const table = builder.initializer(
      'table',
      float32(
        [257, 2],
        Float32Array.from({ length: 514 }, (_, at) => (at % 2 === (at < 182 ? 0 : 1) ? 1 : 0)),
      ),
    );
    const rows = builder.op('Gather', [table, 'features']);
    builder.output(builder.op('ReduceSum', [rows, builder.ints([1])], { keepdims: 0 }, 'logits'));
    const metadata = { 'tributary.classes': '["capitals","small"]' };
    const predictor = await loadPredictor(
      file(`${type}.onnx`, writeModel(builder.build({ metadata }))),
      'cpu',
      1,
    );
    expect(predictor.tokens).toBe(true);
    const trainer = new TokenizerTrainer({ kind: 'bytes' });
    const tokenizer = Tokenizer.parse(trainer.finish(true));
    const texts = file('texts.csv', 'id,text,label\n1,"AB,C",capitals\n2,abcdefgh,small\n');
    const options = { delimiter: ',', text: 'text', targets: ['label'] };
    const read = await readTexts(texts, tokenizer, predictor.width, options);
    expect([...read.values]).toEqual([65, 66, 44, 67, 97, 98, 99, 100]);
    const [predictions = []] = await predictor.predict(read.values, read.count);
    expect(predictions.map(({ value }) => value)).toEqual(read.actual[0]);
    await predictor.close();
    const numbered = await readTexts(file('n.csv', 'x,a\n'), tokenizer, 3, {
      delimiter: ',',
      text: '1',
      targets: [],
    });
    expect([...numbered.values]).toEqual([97, 256, 256]);
    await expect(readTexts(texts, tokenizer, 4, { ...options, text: undefined })).rejects.toThrow(
      /Which of the 2 columns/,
    );
    await expect(
      readTexts(texts, tokenizer, 4, { ...options, text: undefined, targets: [], trainedOn: ['label'] }),
    ).rejects.toMatchObject({ hint: expect.stringMatching(/--text COLUMN.*--target label/) });
    await expect(readTexts(texts, tokenizer, 4, { ...options, text: 'txt' })).rejects.toThrow(
      /no column "txt"/,
    );
  });

  test('a model that says something of every place is for generate', async () => {
    const builder = new GraphBuilder();
    builder.input('features', 'float32', ['batch', 4, 2]);
    builder.output(builder.op('Identity', ['features'], {}, 'logits'));
    const path = file('places.onnx', writeModel(builder.build()));
    await expect(loadPredictor(path, 'cpu', 1)).rejects.toThrow(/use npx tributary generate/);
  });

  test('what is no ONNX file', async () => {
    await expect(loadPredictor(file('x.onnx', 'hello'), 'cpu')).rejects.toMatchObject({
      name: 'OnnxFormatError',
    });
  });
});
