import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { temporaryFolder } from '../support/digits.ts';
import { plainPng, redsAndBlues } from '../support/images.ts';
import { participate, type Site } from '../support/participants.ts';
import { killAll, tributary } from '../support/processes.ts';
import { Workplace } from '../support/small-job.ts';

afterEach(killAll);

const FORM = 'format: { type: images }, features: { shape: [3, 4, 4], normalize: { divide: 255 } }';
const JOB = {
  name: 'colours',
  data: `{ source: images, ${FORM} }`,
  model: '{ mlp: { hidden: [8] } }',
  optimizer: '{ adam: { learning-rate: 0.02 } }',
  epochs: '10',
};
const accuracyOf = (stdout: string): number =>
  Number(/accuracy (\d+\.\d+) %(?![\s\S]*accuracy \d)/.exec(stdout)?.[1]);

describe('images in class folders', () => {
  it('are checked, trained on and evaluated with', async () => {
    const place = new Workplace(JOB);
    redsAndBlues(place.path('images'), 30);
    const checked = await tributary(['check', place.jobFile]).end();
    expect(checked).toMatchObject({ code: EXIT.ok });
    expect(checked.stdout).toContain('48 rows to train on and 12 held out, 48 features, 2 classes');
    const run = await tributary(['run', place.jobFile, '--workers', '1', '--runs', place.runs]).end();
    expect(run).toMatchObject({ code: EXIT.ok });
    expect(accuracyOf(run.stdout)).toBeGreaterThan(90);

    const model = `${place.runs}/${place.runIds()[0]}/model.onnx`;
    const asked = await tributary(['predict', model, place.path('images'), '--json']).end();
    expect(asked).toMatchObject({ code: EXIT.ok });
    const rows = JSON.parse(asked.stdout) as { file: string; value: string }[];
    expect(rows).toHaveLength(60);
    const right = rows.filter(({ file, value }) => file.startsWith(value));
    expect(right.length).toBeGreaterThan(54);
    const one = await tributary(['predict', model, place.path('images/blue/0.png')]).end();
    expect(one.stdout).toMatch(/0\.png\s+│ blue/);
  });

  it('of which one is damaged are refused, with its path', async () => {
    const place = new Workplace(JOB);
    redsAndBlues(place.path('images'), 3);
    const damaged = place.path('images/red/0.png');
    writeFileSync(damaged, plainPng(6, 6, [1, 2, 3]).subarray(0, 60));
    const { code, stderr } = await tributary(['check', place.jobFile]).end();
    expect(code).toBe(EXIT.data);
    expect(stderr).toContain(damaged);
    expect(stderr).toContain('The image is damaged');
  });

  it('that two participants hold train a model together, and others of the coordinator measure it', async () => {
    const place = new Workplace({
      ...JOB,
      data: `{ held-by: members, source: images, target: { classes: [blue, red] }, ${FORM} }`,
      strategy: 'fedavg',
      members: '{ minimum: 2 }',
      epochs: undefined,
      rounds: '12',
    });
    redsAndBlues(place.path('images'), 10);
    const joinFile = place.path('join.json');
    const options = ['--listen', '127.0.0.1:0', '--runs', place.runs, '--join-file', joinFile];
    const coordinator = tributary(['coordinator', place.jobFile, ...options]);
    const sites = [0, 1].map((index): Site => {
      const data = temporaryFolder();
      redsAndBlues(data, 20 + index);
      return { name: `site-${index}`, data, state: temporaryFolder() };
    });
    const members = sites.map((site) => participate(site, joinFile));
    const end = await coordinator.end();
    expect(end).toMatchObject({ code: EXIT.ok });
    expect(accuracyOf(end.stdout)).toBeGreaterThan(90);
    for (const member of members) expect((await member.end()).code).toBe(EXIT.ok);
  });
});
