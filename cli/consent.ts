import { createInterface } from 'node:readline/promises';
import type { Decision } from '../launch/participate/participation.ts';
import type { Asked } from '../worker/participant/asked.ts';
import { describeAsked, type Place } from '../worker/participant/describe.ts';
import { discardTyped } from './discard-typed.ts';
import { paintFor } from './ui/paint.ts';
import { renderSections } from './ui/render-sections.ts';

/** Whether somebody is there to be asked. */
export function isAttended(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/**
 * Shows what is asked, and asks a person; `yes` agrees for one who has read it before.
 *
 * @param over ends the question: the run is over, or the command is to end
 * @param show takes the text where nobody is asked; standard output otherwise
 */
export async function askConsent(
  asked: Asked,
  place: Place,
  yes: boolean,
  over: AbortSignal,
  show: (text: string) => void = (text) => process.stdout.write(text),
): Promise<Decision> {
  const sections = describeAsked(asked, place);
  const title =
    asked.kind === 'train' ? 'You are asked to train a model.' : 'You are asked for sums of your data.';
  const paint = paintFor(process.stdout);
  const width = process.stdout.columns ?? 100;
  show(`\n${paint.bold(title)}\n\n${renderSections(sections, width, paint)}\n\n`);
  const shown = `${title}\n\n${renderSections(sections)}\n`;
  if (yes) {
    show('Agreed by --yes.\n\n');
    return { agreed: true, by: '--yes', shown };
  }
  if (!isAttended()) {
    const reason = 'nobody was there to agree';
    show('Nothing was sent. There is no terminal to ask on: whoever has read the above agrees with --yes.\n');
    return { agreed: false, reason };
  }
  if (await discardTyped(process.stdin)) {
    show('What was typed before this question was there is no answer to it.\n');
  }
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C at the question is an answer to it, and so is the end of the input; at any other time it is the process's.
  const no = new AbortController();
  lines.on('SIGINT', () => no.abort());
  lines.on('close', () => no.abort());
  if (process.stdin.readableEnded) no.abort();
  try {
    const signal = AbortSignal.any([over, no.signal]);
    const answer = await lines.question(`${paint.bold('Do you agree?')} [y/N] `, { signal });
    const agreed = /^\s*(y|yes)\s*$/i.test(answer);
    process.stdout.write('\n');
    return agreed ? { agreed, by: 'person', shown } : { agreed, reason: 'declined' };
  } catch (error) {
    process.stdout.write('\n');
    if (over.aborted) return { agreed: false, reason: 'it left before somebody answered' };
    if (!no.signal.aborted) throw error;
    return { agreed: false, reason: 'declined' };
  } finally {
    lines.close();
  }
}
