// Writes the tables of docs/partitions.md and its picture from the partitioners in shared/data/partition.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { withCompiled } from './compiled.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = 'docs/partitions.md';
const PICTURE = 'docs/partitions.svg';
const TEXT = 'shared/job/partition-text.ts';
const PARTITION = 'shared/data/partition/partition.ts';
const STATISTICS = 'shared/data/partition/statistics.ts';
/** Everything after this line of docs/partitions.md is generated. */
const MARK = '<!-- generated from shared/data/partition by npm run generate: do not edit below -->';

const FORMS = [
  'iid',
  'dirichlet:10',
  'dirichlet:1',
  'dirichlet:0.1',
  'dirichlet:0.5,sizes=varied',
  'shards:2',
  'quantity:1',
  'quantity:alpha=0.5',
  'column:author',
  'temporal:date',
  'feature:age',
  'feature:age,overlap=1',
];
const DRAWN = ['iid', 'dirichlet:1', 'dirichlet:0.5,sizes=varied', 'shards:2', 'quantity:1', 'temporal:date'];

/** 6,000 rows of ten classes, whose authors, dates and ages depend on the class, but not only on it. */
function example() {
  const chance = (row, range) => (Math.imul(row + 1, 0x9e3779b1) >>> 16) % range;
  const columns = {
    author: (row) => (3 * (row % 10) + chance(row, 20)) % 100,
    date: (row) => 20 * (row % 10) + chance(row, 120),
    age: (row) => 20 + 4 * (row % 10) + chance(row, 30),
  };
  return {
    rows: 6000,
    classes: { count: 10, of: (row) => row % 10 },
    columns: Object.keys(columns),
    column: (name) => columns[name],
  };
}

/** Path to text of each file. */
export async function generate() {
  return withCompiled([TEXT, PARTITION, STATISTICS], async (load) => {
    const { parsePartition } = await load(TEXT);
    const { partitioners } = await load('shared/data/partition/registry.ts');
    const { partition } = await load(PARTITION);
    const { labelCounts, partitionStatistics } = await load(STATISTICS);
    const data = example();
    const deal = (form, clients) => partition(data, parsePartition(form), { clients, seed: 7 });
    const counts = (form) => deal(form, 10).clients.map((rows) => [...labelCounts(rows, data.classes)]);
    const written = readFileSync(join(root, PAGE), 'utf8').split(MARK)[0];
    const figures = FORMS.map((form) => {
      const clients = form.startsWith('column') ? undefined : 50;
      return figureRow(form, partitionStatistics(deal(form, clients), data.classes));
    });
    return {
      [PAGE]: `${written}${MARK}\n\n${optionTable(partitioners)}\n${figureTable(figures)}`,
      [PICTURE]: picture(DRAWN.map((form) => ({ form, bars: counts(form) }))),
    };
  });
}

function optionTable(partitioners) {
  const rows = Object.entries(partitioners).flatMap(([word, { schema, shorthand, description, example }]) => {
    const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    const options = Object.entries(properties).map(([name, option]) => {
      const main = name === shorthand ? '**' : '';
      const byDefault = option.default === undefined ? '' : ` (${option.default})`;
      return `${main}\`${name}\`${main}${byDefault}: ${option.description}`;
    });
    return [`| \`${word}\` | ${description} | ${options.join('<br>')} | \`${example}\` |`];
  });
  return `## Options\nThe main option, in bold, may stand alone.\n\n| word | rows | options (default) | in a job file |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function figureRow(form, { clients, smallest, median, largest, gini, labels }) {
  const figures = [labels.meanDistance, labels.chanceDistance].map((value) => value.toFixed(2));
  return `| \`${form}\` | ${clients} | ${figures.join(' | ')} | ${labels.meanPresent.toFixed(1)} | ${smallest} / ${median} / ${largest} | ${gini.toFixed(2)} |`;
}

function figureTable(rows) {
  return `## Figures
6,000 rows of ten classes, equally many of each; dates and ages grow with the class, and authors prefer some. Seed 7.

| form | clients | mean distance | by chance | classes of a client | rows: least / median / most | Gini of sizes |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

const COLOURS = [
  '#4e79a7',
  '#f28e2b',
  '#59a14f',
  '#e15759',
  '#76b7b2',
  '#edc948',
  '#b07aa1',
  '#9c755f',
  '#ff9da7',
  '#3d9c8a',
];

/** Ten clients of each way of dealing, as bars of their classes. */
function picture(panels) {
  const [width, height, bar] = [300, 190, 14];
  const drawn = panels.map(({ form, bars }, index) => {
    const most = Math.max(...bars.map((parts) => parts.reduce((sum, part) => sum + part, 0)));
    const rects = bars.flatMap((parts, client) => {
      let start = 0;
      return parts.map((part, label) => {
        const x = ((width - 30) * start) / most;
        start += part;
        return part === 0
          ? ''
          : `<rect x="${x.toFixed(1)}" y="${26 + client * bar}" width="${(((width - 30) * part) / most).toFixed(1)}" height="${bar - 3}" fill="${COLOURS[label]}"/>`;
      });
    });
    return `<g transform="translate(${15 + (index % 3) * width} ${Math.floor(index / 3) * height + 10})"><text y="14">${form}</text>${rects.join('')}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${3 * width} ${2 * height}" role="img" aria-label="Ten clients of six partitions, as bars of their rows by class">
<style>text { font: 14px system-ui, sans-serif; fill: #1b2129; } @media (prefers-color-scheme: dark) { text { fill: #e6eaef; } }</style>
${drawn.join('\n')}
</svg>
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(await generate())) writeFileSync(join(root, path), text);
}
