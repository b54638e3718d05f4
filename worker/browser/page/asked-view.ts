import type { AskedWords } from '../../participant/asked-words.ts';
import { byId, fillList, make, say, show } from './dom.ts';
import { goTo } from './steps.ts';

/** Shows what is asked. @param fingerprint of the coordinator's certificate, as its join link said it */
export function showAsked(
  { title, facts, leaves, stays }: AskedWords,
  fingerprint: string | undefined,
): void {
  say('asked-text', `${title}. The rows stay here: the training happens in this browser.`);
  const all = fingerprint ? [...facts, { name: 'Certificate', value: fingerprint }] : facts;
  byId('facts').replaceChildren(
    ...all.flatMap(({ name, value }) => [make('dt', {}, name), make('dd', {}, value)]),
  );
  fillList('leaves', leaves);
  fillList('stays', stays);
}

/** Asks for consent to what is shown. Resolves when the person has agreed; there is no "no" but to go. */
export function askConsent(asked: AskedWords, fingerprint: string | undefined): Promise<boolean> {
  showAsked(asked, fingerprint);
  const train = asked.leaves.length > 1;
  say(
    'agree-text',
    train
      ? 'I agree that what is listed under “leaves this device” is sent after each round, and nothing else.'
      : 'I agree that the sums listed under “leaves this device” are sent, and nothing else.',
  );
  const form = byId<HTMLFormElement>('consent-form');
  byId<HTMLInputElement>('agree').checked = false;
  goTo('consent');
  return new Promise((resolve) => {
    const agreed = (event: Event): void => {
      event.preventDefault();
      form.removeEventListener('submit', agreed);
      show('consent', false);
      resolve(true);
    };
    form.addEventListener('submit', agreed);
  });
}
