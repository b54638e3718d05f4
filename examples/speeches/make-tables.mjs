// Makes three tables of the plays in ../shakespeare/tinyshakespeare.txt, all derived from the text itself:
//   speeches.csv.gz   who says a speech of three lines or more in which play, in numbers, and whether it is verse or prose
//   replies.csv.gz    pairs of speakers: does the second speak right after the first anywhere in the plays?
//   sentences.csv.gz  the first sentence of each speech without the mark at its end, and which mark it was
//
//   node examples/speeches/make-tables.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { seeded } from '../seeded.mjs';

/** The text has no titles: with these words the plays begin. */
const PLAYS = [
  ['Coriolanus', 'Before we proceed any further'],
  ['Richard III', 'Now is the winter of our discontent'],
  ['Richard II', "Old John of Gaunt, time-honour'd"],
  ['Romeo and Juliet', "Gregory, o' my word"],
  ['Henry VI, part 3', 'I wonder how the king escaped'],
  ["The Winter's Tale", 'If you shall chance, Camillo'],
  ['Measure for Measure', 'Escalus.'],
  ['The Taming of the Shrew', "I'll pheeze you"],
  ['The Tempest', 'Boatswain!'],
];
const TEXT_LENGTH = 140;

const beside = (path) => new URL(path, import.meta.url);
const text = readFileSync(beside('../shakespeare/tinyshakespeare.txt'), 'utf8');
const starts = PLAYS.map(([, words]) => text.indexOf(words));

/** Speeches are paragraphs whose first line is the speaker's name and a colon. */
const speeches = [...text.matchAll(/^([A-Z][A-Za-z' &,-]*):\n((?:.+\n?)+)/gm)].map(
  ({ 1: speaker, 2: said, index }) => {
    const at = index + speaker.length + 2;
    return {
      play: PLAYS[starts.findLastIndex((start) => start <= at)][0],
      speaker,
      lines: said.trim().split('\n'),
    };
  },
);

const random = seeded(1);

/** Lines of verse begin with a capital; in prose most go on with a small letter. What is neither has no form here. */
function formOf(lines) {
  const small = lines.slice(1).filter((line) => /^[^A-Za-z]*[a-z]/.test(line)).length;
  if (small === 0) return 'verse';
  return small * 2 >= lines.length - 1 ? 'prose' : undefined;
}

function write(name, header, rows) {
  const cell = (value) => (/[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const lines = [header, ...rows].map((row) => row.map((value) => cell(String(value))).join(','));
  const packed = gzipSync(`${lines.join('\n')}\n`, { level: 9 });
  // The header says on which system it was packed; leave that out.
  packed[9] = 255;
  writeFileSync(beside(name), packed);
  console.log(`${name}: ${rows.length} rows`);
}

const share = (count, words) => (count / words).toFixed(3);
write(
  'speeches.csv.gz',
  ['play', 'speaker', 'answers', 'words', 'letters', 'commas', 'questions', 'exclamations', 'form'],
  speeches.flatMap(({ play, speaker, lines }, index) => {
    const form = lines.length >= 3 ? formOf(lines) : undefined;
    if (!form) return [];
    const said = lines.join(' ');
    const words = said.split(/\s+/);
    const count = (mark) => said.split(mark).length - 1;
    const before = speeches[index - 1];
    const letters = words.join('').replace(/[^A-Za-z]/g, '').length;
    return [
      [
        ...[play, speaker, before?.play === play ? before.speaker : 'no one', words.length],
        ...[letters, count(','), count('?'), count('!')].map((number) => share(number, words.length)),
        form,
      ],
    ];
  }),
);

const replies = new Set();
speeches.forEach(({ play, speaker }, index) => {
  const before = speeches[index - 1];
  if (before?.play === play && before.speaker !== speaker) replies.add(`${before.speaker}|${speaker}`);
});
const pairs = [...replies].map((pair) => pair.split('|'));
const pick = (side) => pairs[Math.floor(random() * pairs.length)][side];
const strangers = new Set();
// Drawn as often as they speak and answer, so that to be talkative is no sign.
while (strangers.size < pairs.length) {
  const pair = [pick(0), pick(1)];
  if (pair[0] !== pair[1] && !replies.has(pair.join('|'))) strangers.add(pair.join('|'));
}
write(
  'replies.csv.gz',
  ['speaker', 'second', 'replies'],
  [...pairs.map((pair) => [...pair, 'yes']), ...[...strangers].map((pair) => [...pair.split('|'), 'no'])],
);

const MARKS = { '.': 'statement', '?': 'question', '!': 'exclamation' };
write(
  'sentences.csv.gz',
  ['text', 'kind'],
  speeches.flatMap(({ lines }) => {
    const first = /^([^.?!]+)([.?!])/.exec(lines.join(' '));
    if (!first || first[1].split(/\s+/).length < 4 || first[1].length > TEXT_LENGTH) return [];
    return [[first[1], MARKS[first[2]]]];
  }),
);
