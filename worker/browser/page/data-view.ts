import type { ImageForm } from '../../../shared/data/images/resize.ts';
import type { ClassRows, Example, OwnData } from '../data/messages.ts';
import type { Checked, Wanted } from '../data/own-rows.ts';
import { readImage } from '../images/read-image.ts';
import { byId, make, numberText, problem, say, show } from './dom.ts';
import { DrawPad } from './draw-pad.ts';
import { addThumb, fillLabels } from './examples-view.ts';
import { goTo } from './steps.ts';

/** Classes whose rows are counted on the page. */
const MOST_CLASSES = 50;

type Kind = 'table' | 'images' | 'draw';

/** Where a person gives data: a table, images or drawings, checked before they are taken. */
export class OwnDataView {
  private readonly examples: Example[] = [];
  private file: File | undefined;
  private kind: Kind = 'table';
  private wanted: Wanted | undefined;
  private readonly pad = new DrawPad(byId<HTMLCanvasElement>('draw-canvas'));

  constructor() {
    for (const radio of document.querySelectorAll<HTMLInputElement>('#kinds input')) {
      radio.addEventListener('change', () => this.choose(radio.value as Kind));
    }
    this.dropped('kind-table', 'table-file', ([file]) => {
      this.file = file;
      this.changed();
      if (file) void this.check();
    });
    this.dropped('kind-images', 'image-files', (files) => void this.addImages(files));
    byId('draw-add').addEventListener('click', () => this.addDrawing());
    byId('draw-clear').addEventListener('click', () => this.pad.clear());
    byId('check').addEventListener('click', () => void this.check());
  }

  /** Resolves with what the person gives, once it was checked. */
  ask(wanted: Wanted): Promise<OwnData> {
    this.wanted = wanted;
    const { job, image, classes } = wanted;
    const drawable = image !== undefined && classes !== undefined;
    say('data-text', needs(wanted));
    say('table-hint', tableHint(wanted));
    for (const label of document.querySelectorAll<HTMLElement>('[data-needs=image]')) {
      label.hidden = !drawable;
    }
    if (drawable) {
      fillLabels('image-label', classes);
      fillLabels('draw-label', classes);
      say(
        'image-hint',
        `Each becomes ${image.width}×${image.height} pixels, ${image.channels === 1 ? 'grey' : 'in colour'}.`,
      );
    }
    show('kinds', drawable && job.format.type !== 'text');
    for (const label of document.querySelectorAll<HTMLElement>('[data-needs=table]')) {
      label.hidden = job.format.type === 'images';
    }
    if (drawable && job.format.type === 'images') {
      byId<HTMLInputElement>('kind-of-images').checked = true;
      this.choose('images');
    }
    goTo('data');
    return new Promise((resolve) => {
      this.taken = resolve;
    });
  }

  private taken: (data: OwnData) => void = () => undefined;

  private choose(kind: Kind): void {
    this.kind = kind;
    for (const name of ['table', 'images', 'draw'] as const) show(`kind-${name}`, name === kind);
    this.changed();
  }

  private changed(): void {
    const data = this.data();
    byId<HTMLButtonElement>('check').disabled = data === undefined;
    show('examples', this.kind !== 'table' && this.examples.length > 0);
    say(
      'examples-title',
      `${numberText(this.examples.length)} example${this.examples.length === 1 ? '' : 's'}`,
    );
    show('checked', false);
    problem('data-problem');
  }

  private data(): OwnData | undefined {
    if (this.kind === 'table') {
      return this.file && { kind: 'table', file: this.file, name: this.file.name };
    }
    return this.examples.length > 0 ? { kind: 'examples', examples: [...this.examples] } : undefined;
  }

  private async check(): Promise<void> {
    const data = this.data();
    if (!data || !this.wanted) return;
    const button = byId<HTMLButtonElement>('check');
    button.disabled = true;
    problem('data-problem');
    try {
      showChecked(await this.wanted.check(data));
      this.taken(data);
    } catch (error) {
      problem('data-problem', error);
    } finally {
      button.disabled = false;
    }
  }

  private async addImages(files: readonly File[]): Promise<void> {
    const { image } = this.wanted ?? {};
    if (!image) return;
    const label = byId<HTMLSelectElement>('image-label').value;
    problem('data-problem');
    for (const file of files) {
      try {
        this.add({ features: await readImage(file, image), label }, image);
      } catch (error) {
        problem('data-problem', error);
      }
    }
  }

  private addDrawing(): void {
    const { image } = this.wanted ?? {};
    const features = image && this.pad.values(image);
    if (!features) return problem('data-problem', 'Nothing is drawn yet.');
    this.add({ features, label: byId<HTMLSelectElement>('draw-label').value }, image);
    this.pad.clear();
  }

  private add(example: Example, form: ImageForm): void {
    this.examples.push(example);
    addThumb(example, form, () => {
      this.examples.splice(this.examples.indexOf(example), 1);
      this.changed();
    });
    this.changed();
  }

  private dropped(area: string, input: string, use: (files: readonly File[]) => void): void {
    const field = byId<HTMLInputElement>(input);
    const target = byId(area).querySelector<HTMLElement>('.drop')!;
    field.addEventListener('change', () => use([...(field.files ?? [])]));
    target.addEventListener('dragover', (event) => {
      event.preventDefault();
      target.classList.add('over');
    });
    target.addEventListener('dragleave', () => target.classList.remove('over'));
    target.addEventListener('drop', (event) => {
      event.preventDefault();
      target.classList.remove('over');
      use([...(event.dataTransfer?.files ?? [])]);
    });
  }
}

function needs({ classes, image, job }: Wanted): string {
  const drawn = job.format.type === 'images' ? 'Images or drawings' : 'A table, images or drawings';
  const what = image && classes ? drawn : 'A table';
  return `${what}, read and checked in this browser. Nothing of it is sent.`;
}

function tableHint({ job }: Wanted): string {
  if (job.format.type === 'text') return 'This run learns from texts, which a page cannot read yet.';
  if (job.format.type === 'images')
    return 'This run learns from images without classes, which a page cannot give yet.';
  const { header, delimiter } = job.format;
  const named = delimiter === ',' ? 'commas' : delimiter === '\t' ? 'tabs' : `“${delimiter}”`;
  return `UTF-8, gzipped or not, columns separated by ${named}, ${header ? 'the first line names them' : 'no header'}.`;
}

function showChecked({ examples, heldOut, classes, outputs = [] }: Checked): void {
  const held = heldOut > 0 ? `, ${numberText(heldOut)} held out to evaluate with` : '';
  byId('checked').replaceChildren(
    make('strong', {}, `Fits: ${numberText(examples)} rows to train on${held}.`),
    ...(classes ? [classBars(classes)] : []),
    ...outputs.flatMap((each) => [make('p', {}, each.output), classBars(each.classes)]),
  );
  show('checked');
}

function classBars(classes: readonly ClassRows[]): HTMLElement {
  const most = Math.max(1, ...classes.map(({ rows }) => rows));
  const bars = make('div', { className: 'bars' });
  for (const { name, rows } of classes.slice(0, MOST_CLASSES)) {
    bars.append(
      make('span', {}, name),
      make('meter', { max: most, value: rows, ariaLabel: `${name}: ${rows} rows` }),
      make('span', {}, numberText(rows)),
    );
  }
  return bars;
}
