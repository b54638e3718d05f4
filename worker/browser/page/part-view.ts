import type { Participation } from '../participation.ts';
import { drawCurve } from './curve.ts';
import { byId, bytesText, numberText, say } from './dom.ts';

/** Shows a participation as it goes, and lets it be paused or left. */
export function followPart(participation: Participation): void {
  const pause = byId<HTMLButtonElement>('pause');
  const { name, provider, threads } = participation.engine;
  say('n-engine', provider === 'webgpu' ? 'WebGPU' : `${threads} thread${threads === 1 ? '' : 's'}`);
  byId('n-engine').title = name;
  const numbers = (): void => {
    const { rounds, traffic } = participation;
    say('n-rounds', numberText(rounds.length));
    say('n-loss', rounds.at(-1)?.loss.toPrecision(3) ?? '–');
    say('n-examples', numberText(rounds.reduce((sum, { examples }) => sum + examples, 0)));
    say('n-sent', bytesText(traffic.sent));
    say('n-received', bytesText(traffic.received));
    drawCurve(rounds);
  };
  const state = (): void => {
    const { kind, text } = participation.state;
    say('status', text);
    const isPaused = kind === 'paused';
    say('pause', isPaused ? 'Resume' : 'Pause');
    pause.setAttribute('aria-pressed', String(isPaused));
    const isOver = kind === 'finished' || kind === 'refused';
    pause.disabled = isOver;
    byId<HTMLButtonElement>('leave').disabled = isOver;
  };
  participation.on('round', numbers);
  participation.on('traffic', numbers);
  participation.on('state', state);
  pause.addEventListener('click', () => {
    if (participation.state.kind === 'paused') participation.resume();
    else participation.pause();
  });
  byId('leave').addEventListener('click', () => void participation.leave());
  const background = byId<HTMLInputElement>('background');
  background.addEventListener('change', () => {
    participation.whenHidden = background.checked ? 'go-on' : 'pause';
  });
  numbers();
  state();
}
