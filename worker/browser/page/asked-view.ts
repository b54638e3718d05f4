import type { AskedWords } from '../asked-words.ts';
import { byId, make, say, show } from './dom.ts';
import { goTo } from './steps.ts';

/** Shows what is asked: a heading and a list for each part. What leaves and what never leaves stand side by side, where there is room. */
export function showAsked({ sections }: AskedWords): void {
  byId('facts').replaceChildren(
    ...sections.map(({ title, lines }) => {
      const list = make('ul', {}, ...lines.map((line) => make('li', {}, line.trim())));
      const part = make('div', {}, make('h3', {}, title), list);
      if (/leaves/.test(title)) part.className = /never/.test(title) ? 'stays' : 'leaves';
      return part;
    }),
  );
}

/** Asks for consent to what is shown. Resolves when the person has agreed; there is no "no" but to go. */
export function askConsent(asked: AskedWords): Promise<boolean> {
  showAsked(asked);
  say(
    'agree-text',
    asked.kind === 'train'
      ? 'I agree that what is listed under “What leaves this machine” is sent, and nothing else.'
      : 'I agree that the sums listed under “What leaves this machine” are sent, and nothing else.',
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
