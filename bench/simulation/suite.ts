import { fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseJob } from '../../shared/job/parse.ts';
import { hasFlower } from '../peers/flower.ts';
import type { Row } from '../row.ts';
import type { BenchContext, Suite } from '../suite.ts';
import { type FlowerSimulation, flowerSimulation } from './flower.ts';
import { jobText } from './job.ts';
import type { OurConfig, OurMessage } from './our-process.ts';
import { writePeerFiles } from './peer-files.ts';
import { simulationRows } from './rows.ts';
import { type SimulationMeasured, settingsOf } from './settings.ts';

/** From dist/bench/simulation. */
const DIGITS = fileURLToPath(new URL('../../../examples/digits/digits.csv.gz', import.meta.url));

export const simulationSuite: Suite = {
  name: 'simulation',
  about: 'updates of simulated clients in a second, beside Flower’s simulation',
  async run({ short, say, folder: root, python }: BenchContext): Promise<Row[]> {
    const settings = settingsOf(short);
    const folder = join(root, 'simulation');
    mkdirSync(folder);
    const jobFile = join(folder, 'job.yaml');
    writeFileSync(jobFile, jobText(DIGITS, settings));
    const files = await writePeerFiles(parseJob(readFileSync(jobFile, 'utf8'), jobFile), folder);
    const flower = (await hasFlower(python)) ? python : undefined;
    const ours: SimulationMeasured[] = [];
    const theirs: FlowerSimulation[] = [];
    for (let turn = 0; turn < (short ? 1 : 3); turn++) {
      say(`simulation of ${settings.clients} clients`);
      const { warmUp, participants } = settings;
      const runs = join(folder, `runs-${turn}`);
      ours.push(await ourSimulation({ job: jobFile, runs, warmUp, participants }));
      if (flower === undefined) continue;
      say(`Flower's simulation of ${settings.clients} clients`);
      theirs.push(await flowerSimulation(flower, { ...settings, ...files }));
    }
    return simulationRows(settings, ours, theirs);
  },
};

function ourSimulation(config: OurConfig): Promise<SimulationMeasured> {
  const script = fileURLToPath(new URL('./our-process.js', import.meta.url));
  const child = fork(script, [JSON.stringify(config)]);
  return new Promise((resolve, reject) => {
    let measured: OurMessage | undefined;
    child.on('message', (message) => {
      measured = message as OurMessage;
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (measured && code === 0) resolve(measured);
      else reject(new Error(`our simulation ended with ${signal ?? `code ${code}`}`));
    });
  });
}
