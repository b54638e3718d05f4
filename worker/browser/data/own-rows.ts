import { canonicalJson } from '../../../shared/data/canonical.ts';
import type { DatasetManifest, OutputTarget } from '../../../shared/data/dataset.ts';
import { type ImageForm, imageForm } from '../../../shared/data/images/resize.ts';
import type { SurveySums } from '../../../shared/data/survey.ts';
import type { DataJob } from '../../../shared/job/data-job.ts';
import type { Recipe } from '../../../shared/programs/recipe.ts';
import type { OwnRows, OwnRowsSource } from '../../data/own-rows.ts';
import type { Offer } from '../../participant/asked.ts';
import { type AskedWords, type Asking, askedWords } from '../asked-words.ts';
import type { EncodedRows, OwnData } from './messages.ts';
import { readOwn } from './read.ts';

/** What a person's rows must be like and what for, and a way to try them. */
export interface Wanted {
  readonly asked: AskedWords;
  readonly job: DataJob;
  /** Names of the classes, where the run says them. */
  readonly classes: readonly string[] | undefined;
  /** Of several targets: what each is. They need a table, as an example has one label. */
  readonly outputs: readonly OutputTarget[] | undefined;
  /** Where an example is an image: its form. */
  readonly image: ImageForm | undefined;
  /** @throws DataError with line and column of what does not fit */
  check(data: OwnData): Promise<Checked>;
}

export interface Checked {
  readonly examples: number;
  readonly heldOut: number;
  readonly classes?: EncodedRows['classes'];
  /** Of several targets. */
  readonly outputs?: EncodedRows['outputs'];
}

/** A person's own rows in a page: asked for once, encoded in a worker, and remembered by whoever made this. */
export class PageOwnRows implements OwnRowsSource {
  private chosen: OwnData | undefined;
  private newest: { readonly data: OwnData; readonly hash: string; readonly rows: EncodedRows } | undefined;

  /**
   * @param choose asks the person
   * @param kept rows of an earlier visit
   * @param read called with the rows that are taken
   */
  constructor(
    private readonly options: {
      readonly assets: string;
      readonly asking: Asking;
      readonly choose: (wanted: Wanted) => OwnData | Promise<OwnData>;
      readonly kept?: EncodedRows | undefined;
      /** Called with what the run wants, also where rows are kept. */
      readonly wants: (wanted: Wanted) => void;
      readonly taken: (rows: EncodedRows) => void;
    },
  ) {}

  async read(offer: Extract<Offer, { kind: 'train' }>): Promise<OwnRows> {
    const { recipe, manifest } = offer;
    const { kept, choose, wants, taken } = this.options;
    const wanted: Wanted = {
      asked: askedWords(offer, this.options.asking),
      job: recipe.data,
      classes: manifest.target.classes,
      outputs: manifest.target.outputs,
      image: imageForm(recipe.data.features.shape, whiteOf(recipe.data, manifest)),
      check: async (data) => checkedRows(await this.encode(data, recipe, manifest)),
    };
    wants(wanted);
    let rows = kept && fits(kept.manifest, manifest) ? kept : undefined;
    if (!rows) {
      this.chosen ??= await choose(wanted);
      rows = await this.encode(this.chosen, recipe, manifest);
    }
    taken(rows);
    return { manifest: rows.manifest, blocks: { kind: 'given', blocks: rows.blocks } };
  }

  async survey(offer: Extract<Offer, { kind: 'survey' }>): Promise<SurveySums> {
    const { request } = offer;
    const sum = (data: OwnData): Promise<SurveySums> =>
      readOwn({ type: 'survey', data, request }, this.options.assets);
    this.chosen ??= await this.options.choose({
      asked: askedWords(offer, this.options.asking),
      job: request.data,
      classes: undefined,
      outputs: undefined,
      image: undefined,
      check: async (data) => ({ examples: (await sum(data))['rows'] ?? 0, heldOut: 0 }),
    });
    return sum(this.chosen);
  }

  private async encode(data: OwnData, recipe: Recipe, manifest: DatasetManifest): Promise<EncodedRows> {
    if (this.newest?.data === data && this.newest.hash === manifest.hash) return this.newest.rows;
    const rows = await readOwn({ type: 'encode', data, recipe, manifest }, this.options.assets);
    this.newest = { data, hash: manifest.hash, rows };
    return rows;
  }
}

function checkedRows({ manifest, classes, outputs }: EncodedRows): Checked {
  const { rows, test } = manifest;
  return {
    ...{ examples: rows - test.rows, heldOut: test.rows },
    ...(classes && { classes }),
    ...(outputs && { outputs }),
  };
}

/** Whether rows of an earlier visit are encoded as the run still wants them. */
function fits(own: DatasetManifest, run: DatasetManifest): boolean {
  const form = ({ features: { names, count, categories = [] }, target }: DatasetManifest): string =>
    canonicalJson({ names, count, categories, target });
  return form(own) === form(run);
}

/** The value of white in the run's images: what it divides by, or a byte's largest. */
function whiteOf({ features, format }: DataJob, manifest: DatasetManifest): number {
  if (format.type === 'images') return 255;
  if (features.normalize.kind === 'divide') return features.normalize.by;
  return manifest.features.type === 'uint8' ? 255 : 1;
}
