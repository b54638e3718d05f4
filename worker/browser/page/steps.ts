import { byId, show } from './dom.ts';

/** In order; each shows a section, and those before it stay. */
const STEPS = ['asked', 'data', 'consent', 'part', 'end'] as const;
export type Step = (typeof STEPS)[number];

/** Which sections are there when a step is reached: what was asked stays until it is agreed to. */
const SECTIONS: Readonly<Record<Step, readonly string[]>> = {
  asked: ['asked'],
  data: ['asked', 'data'],
  consent: ['asked', 'data', 'consent'],
  part: ['part'],
  end: ['part', 'end'],
};

/** Goes to a step: marks it in the list, shows its sections, and moves the keyboard there. */
export function goTo(step: Step): void {
  const at = STEPS.indexOf(step);
  for (const item of byId('steps').children) {
    const index = STEPS.indexOf((item as HTMLElement).dataset['step'] as Step);
    item.classList.toggle('done', index < at);
    if (index === at) item.setAttribute('aria-current', 'step');
    else item.removeAttribute('aria-current');
  }
  show('join', false);
  for (const name of STEPS) show(name, SECTIONS[step].includes(name));
  if (step === 'asked') return;
  const section = byId(step);
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  section.scrollIntoView({ behavior: still ? 'auto' : 'smooth', block: 'start' });
}
