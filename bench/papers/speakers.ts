import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From dist/bench/papers. */
const PLAYS = fileURLToPath(new URL('../../../examples/shakespeare/tinyshakespeare.txt', import.meta.url));

/** Characters that the model sees at once. */
const CONTEXT = 32;
/** Characters of each speaker: 64 windows to train on, and 16 more to test with. */
const TRAINING = 64 * CONTEXT;
const TEST = 16 * CONTEXT;

export interface Speeches {
  readonly training: string;
  readonly test: string;
  readonly speakers: number;
}

/**
 * Shakespeare by speaker, as in LEAF (Caldas et al. 2018): what each of those says who say enough, the last fifth of it apart. All have
 * equally much, one behind the other, so that equal stretches of the text are speakers.
 */
export function speechesOf(plays: string): Speeches {
  const said = new Map<string, string>();
  // Speeches are paragraphs whose first line is the speaker's name and a colon.
  for (const { 1: speaker = '', 2: speech = '' } of plays.matchAll(
    /^([A-Z][A-Za-z' &,-]*):\n((?:.+\n?)+)/gm,
  )) {
    said.set(speaker, `${said.get(speaker) ?? ''}${speech.trim()}\n\n`);
  }
  const texts = [...said.values()].filter(({ length }) => length >= TRAINING + TEST);
  return {
    training: texts.map((text) => text.slice(0, TRAINING)).join(''),
    test: texts.map((text) => text.slice(TRAINING, TRAINING + TEST)).join(''),
    speakers: texts.length,
  };
}

/** The same as files of a folder: `training` and `test` are their paths. */
export function writeSpeeches(folder: string): Speeches {
  const speeches = speechesOf(readFileSync(PLAYS, 'utf8'));
  const training = join(folder, 'speeches.txt');
  const test = join(folder, 'speeches-test.txt');
  writeFileSync(training, speeches.training);
  writeFileSync(test, speeches.test);
  return { training, test, speakers: speeches.speakers };
}

export interface SpeechesTrial {
  readonly strategy: string | object;
  readonly rate: number;
  readonly rounds: number;
  readonly seed: number;
  readonly every: number;
}

/** Next characters by an LSTM of 64 units; 10 speakers a round, one epoch each in batches of 16. */
export function speechesJob(
  { training, test, speakers }: Speeches,
  { strategy, rate, rounds, seed, every }: SpeechesTrial,
): object {
  return {
    name: 'papers-speeches',
    data: { 'held-by': 'members', text: test, tokenizer: 'bytes', context: CONTEXT, test: 0 },
    model: { lstm: { units: 64, embedding: 16 } },
    loss: 'cross-entropy',
    optimizer: { sgd: rate },
    strategy,
    rounds,
    batch: 16,
    seed,
    evaluate: { every: { rounds: every } },
    members: { selection: { participants: 10 } },
    simulation: { source: training, clients: speakers, partition: 'temporal' },
  };
}
