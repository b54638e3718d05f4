import type { Wanted } from '../data/own-rows.ts';
import { answersOf } from '../model/answers.ts';
import type { TrainedModel } from '../model/trained-model.ts';
import type { Participation, ParticipationEnd } from '../participation.ts';
import { showAnswers } from './answers-view.ts';
import { byId, bytesText, make, problem, say, show } from './dom.ts';
import { DrawPad } from './draw-pad.ts';
import { goTo } from './steps.ts';

/** More fields than this are no form. */
const MOST_FIELDS = 64;

/** The end: how it went, and the model to try and to download. */
export function showEnd({ reason, message, model }: ParticipationEnd, participation: Participation): void {
  if (reason === 'refused') return problem('problem', message);
  goTo('end');
  say('end-text', `${ENDS[reason]} ${sentence(message)}`);
  show('download', model !== undefined);
  byId('forget').addEventListener('click', () => {
    void participation.forget().then(() => say('end-text', 'Nothing of this run is kept in this browser.'));
  });
  if (!model) return;
  const button = byId('download');
  button.textContent = `Download model.onnx (${bytesText(model.bytes.length)})`;
  button.addEventListener('click', () => download(model));
  if (participation.wanted) tryOut(model, participation.wanted);
}

const ENDS: Readonly<Record<Exclude<ParticipationEnd['reason'], 'refused'>, string>> = {
  completed: 'The run is complete.',
  'early-stopping': 'The run has ended early, as it no longer got better.',
  stopped: 'The run was stopped.',
  diverged: 'The run was ended, as its loss was no number any more.',
  left: 'You have left the run.',
  missed: 'The run ended while this page was away.',
};

function sentence(text: string): string {
  const trimmed = text.trim();
  if (!trimmed) return '';
  return `${trimmed[0]!.toUpperCase()}${trimmed.slice(1)}${/[.!?]$/.test(trimmed) ? '' : '.'}`;
}

function download(model: TrainedModel): void {
  const url = URL.createObjectURL(model.toBlob());
  make('a', { href: url, download: 'model.onnx' }).click();
  // After the click was dealt with.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function tryOut(model: TrainedModel, { image, classes, outputs, job }: Wanted): void {
  const answer = async (features: Float32Array): Promise<void> => {
    try {
      showAnswers(answersOf(await model.predict(features), { classes, outputs }));
    } catch (error) {
      problem('problem', error);
    }
  };
  if (image) {
    const pad = new DrawPad(byId<HTMLCanvasElement>('try-canvas'), () => {
      const values = pad.values(image);
      if (values) void answer(values);
      else byId('answers').replaceChildren();
    });
    byId('try-clear').addEventListener('click', () => pad.clear());
    show('try-draw');
  } else {
    const columns = job.features.columns?.map(String) ?? [];
    if (columns.length === 0 || columns.length > MOST_FIELDS || job.features.categories) return;
    const form = byId<HTMLFormElement>('try-form');
    const fields = columns.map((name) =>
      make('input', { type: 'number', step: 'any', required: true, name }),
    );
    form.replaceChildren(
      ...fields.map((field) => make('label', {}, field.name, field)),
      make('button', { className: 'main' }, 'Predict'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void answer(Float32Array.from(fields, (field) => field.valueAsNumber));
    });
    show('try-form');
  }
  show('try');
}
