import { EventEmitter } from 'node:events';
import { expect, test, vi } from 'vitest';
import { onEndingSignal, type Signalled } from '../../../node/on-ending-signal.ts';

function ofProcess() {
  const emitter = new EventEmitter();
  const kill = vi.fn((_pid: number, signal?: string | number) => emitter.emit(String(signal), signal));
  const process = Object.assign(emitter, { pid: 7, kill }) as unknown as Signalled;
  return { process, kill, signal: (name: string) => emitter.emit(name, name) };
}

test('a signal undoes, once, and ends the process as if nobody had listened', () => {
  const { process, kill, signal } = ofProcess();
  const undo = vi.fn();
  onEndingSignal(undo, process);
  signal('SIGTERM');
  expect(undo).toHaveBeenCalledOnce();
  expect(kill.mock.calls).toEqual([[7, 'SIGTERM']]);
  expect(process.listeners('SIGINT')).toEqual([]);
});

test('nothing is undone once there is nothing to undo, or where others end in good order', () => {
  const { process, kill, signal } = ofProcess();
  const undo = vi.fn();
  onEndingSignal(undo, process)();
  signal('SIGINT');
  const release = onEndingSignal(undo, process);
  process.on('SIGINT', () => undefined);
  signal('SIGINT');
  release();
  expect(undo).not.toHaveBeenCalled();
  expect(kill).not.toHaveBeenCalled();
});

test('of two that undo something, each left the end of the process to the other', () => {
  const { process, kill, signal } = ofProcess();
  const undone: string[] = [];
  for (const what of ['first', 'second']) onEndingSignal(() => undone.push(what), process);
  signal('SIGINT');
  expect(undone).toEqual(['first', 'second']);
  expect(kill.mock.calls).toEqual([[7, 'SIGINT']]);
  expect(process.listeners('SIGINT')).toEqual([]);
});
