// Trains a tokenizer of each kind on corpus.txt (npm run build first), for make.py to encode with.
// node test/data/text/make.mjs && python test/data/text/make.py
import { readFileSync, writeFileSync } from 'node:fs';
import { TokenizerTrainer } from '../../../dist/shared/text/train-tokenizer.js';

const here = new URL('.', import.meta.url);
const corpus = readFileSync(new URL('corpus.txt', here), 'utf8');
const jobs = { bytes: { kind: 'bytes' }, characters: { kind: 'characters' }, bpe: { kind: 'bpe', size: 400 } };
for (const [name, job] of Object.entries(jobs)) {
  const trainer = new TokenizerTrainer(job);
  trainer.add(corpus);
  writeFileSync(new URL(`${name}.json`, here), trainer.finish(true));
}
