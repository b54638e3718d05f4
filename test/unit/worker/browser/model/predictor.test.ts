import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { FromPredictor, Numbered, ToPredictor } from '../../../../../worker/browser/model/messages.ts';
import { Predictor } from '../../../../../worker/browser/model/predictor.ts';

type Asked = ToPredictor & Numbered;

/** A worker of the page, whose part the test plays. */
class PlayedWorker extends EventTarget {
  readonly asked: Asked[] = [];
  terminated = false;

  constructor() {
    super();
    workers.push(this);
  }

  postMessage(message: Asked): void {
    this.asked.push(message);
  }

  terminate(): void {
    this.terminated = true;
  }

  /** Answers what was asked last. */
  answer(outputs: Readonly<Record<string, Float32Array>> = {}): void {
    const data: FromPredictor = { id: this.asked.at(-1)!.id, ok: true, outputs };
    this.dispatchEvent(new MessageEvent('message', { data }));
  }

  refuse(message: string): void {
    const data: FromPredictor = { id: this.asked.at(-1)!.id, ok: false, message };
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

const ORIGIN = 'https://coordinator.example';
const MODEL = new Uint8Array(8);
const FEATURES = new Float32Array(2);
let workers: PlayedWorker[] = [];

beforeEach(() => {
  workers = [];
  vi.stubGlobal('Worker', PlayedWorker);
  vi.stubGlobal('location', { origin: ORIGIN });
});
afterEach(() => vi.unstubAllGlobals());

const kinds = (worker: PlayedWorker): string[] => worker.asked.map(({ type }) => type);

it('loads once, gives the model once, and predicts', async () => {
  const predictor = new Predictor(`${ORIGIN}/join/`);
  const [first, again] = [predictor.load(), predictor.load()];
  workers[0]!.answer();
  await Promise.all([first, again]);
  expect(workers[0]!.asked).toEqual([{ id: 1, type: 'start', runtime: `${ORIGIN}/join/ort/` }]);
  for (const [said, asked] of [
    [0.25, ['start', 'model', 'predict']],
    [0.75, ['start', 'model', 'predict', 'predict']],
  ] as const) {
    const outputs = predictor.predict(MODEL, FEATURES);
    await vi.waitFor(() => expect(kinds(workers[0]!)).toEqual(asked));
    workers[0]!.answer({ prediction: Float32Array.of(said) });
    expect(await outputs).toEqual({ prediction: Float32Array.of(said) });
  }
  expect(workers).toHaveLength(1);
});

it('a script that does not load is said at each attempt, and does not leave the second one waiting', async () => {
  const predictor = new Predictor(`${ORIGIN}/join/`);
  for (const attempt of [1, 2]) {
    const outputs = predictor.predict(MODEL, FEATURES);
    expect(workers).toHaveLength(attempt);
    workers.at(-1)!.dispatchEvent(new Event('error'));
    await expect(outputs).rejects.toThrow(
      `the predictor failed: its script ${ORIGIN}/join/predictor.js did not load`,
    );
    expect(workers.at(-1)!.terminated).toBe(true);
  }
});

it('lets go of a worker whose runtime does not load, and predicts with the next', async () => {
  const predictor = new Predictor(`${ORIGIN}/join/`);
  const loading = predictor.load();
  workers[0]!.refuse('no wasm');
  await expect(loading).rejects.toThrow('no wasm');
  await vi.waitFor(() => expect(workers[0]!.terminated).toBe(true));
  const outputs = predictor.predict(MODEL, FEATURES);
  expect(workers).toHaveLength(2);
  workers[1]!.answer();
  await vi.waitFor(() => expect(kinds(workers[1]!)).toEqual(['start', 'model', 'predict']));
  workers[1]!.answer({ prediction: Float32Array.of(1) });
  expect(await outputs).toEqual({ prediction: Float32Array.of(1) });
});

it('a worker that fails while it predicts is replaced, and the new one is given the model', async () => {
  const predictor = new Predictor(`${ORIGIN}/join/`);
  for (const worker of [0, 1]) {
    const outputs = predictor.predict(MODEL, FEATURES);
    workers[worker]!.answer();
    await vi.waitFor(() => expect(kinds(workers[worker]!)).toEqual(['start', 'model', 'predict']));
    workers[worker]!.dispatchEvent(new Event('error'));
    await expect(outputs).rejects.toThrow('the predictor failed');
    expect(workers[worker]!.terminated).toBe(true);
  }
});

it('features that the model does not take are no reason to let go of the worker', async () => {
  const predictor = new Predictor(`${ORIGIN}/join/`);
  const outputs = predictor.predict(MODEL, FEATURES);
  workers[0]!.answer();
  await vi.waitFor(() => expect(kinds(workers[0]!).at(-1)).toBe('predict'));
  workers[0]!.refuse('too few features');
  await expect(outputs).rejects.toThrow('too few features');
  expect(workers[0]!.terminated).toBe(false);
  predictor.close();
  expect(workers[0]!.terminated).toBe(true);
});
