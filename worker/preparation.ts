import { parseManifest } from '../shared/data/dataset.ts';
import type { SurveySums } from '../shared/data/survey.ts';
import { OnnxFormatError } from '../shared/onnx/errors.ts';
import { inspectModel, tooLong } from '../shared/onnx/inspect/inspect.ts';
import type { Inspection } from '../shared/onnx/inspect/inspection.ts';
import { unfetched, withFrozen } from '../shared/onnx/pieces/referred.ts';
import { remembers } from '../shared/programs/member-state.ts';
import { parseRecipe, parseSurveyRequest } from '../shared/programs/parse-recipe.ts';
import { type Hasher, sha256 } from '../shared/protocol/hasher.ts';
import type { OwnRows, Welcome } from '../shared/protocol/messages.ts';
import type { Blocks } from './data/blocks.ts';
import type { OwnRowsSource } from './data/own-rows.ts';
import type { MemberEvents } from './events.ts';
import { checkHolds } from './frozen/check-holds.ts';
import { type Fetch, type FrozenList, fetchFrozen, frozenListOf } from './frozen/fetch-frozen.ts';
import type { FrozenStore } from './frozen/frozen-store.ts';
import type { MemberOptions, MemberParts } from './member-options.ts';
import { Recollection } from './memory/recollection.ts';
import { STEPS_KEPT, StatesInMemory } from './memory/state-store.ts';
import { type Asked, ParticipationRefused } from './participant/asked.ts';
import type { Guard } from './participant/guard.ts';
import type { Responses } from './trainer/messages.ts';
import type { TrainerSetup } from './trainer/trainer.ts';

/** What a member holds of a run once it is prepared. */
export interface Prepared {
  readonly run: string;
  readonly blobs: Welcome['blobs'];
  readonly blocks: Blocks;
  readonly hashes: readonly string[];
  /** Of a participant. */
  readonly rows?: OwnRows;
  readonly survey?: SurveySums;
  readonly recollection?: Recollection;
  /** Of a run that there is a model of. */
  readonly facts?: MemberEvents['ready'][0];
}

/** What preparing needs of the member. */
export interface Preparation
  extends Pick<MemberParts, 'trainer' | 'engine' | 'rows' | 'states' | 'forLargerModels'>,
    Pick<MemberOptions, 'own' | 'consent' | 'maxModel'> {
  readonly hasher: Hasher;
  readonly fetch: Fetch;
  readonly frozen: FrozenStore;
  /** So many bytes of frozen weights are here. */
  fetching(bytes: number, of: number): void;
  readonly guard: Guard;
  /** What counted is not remembered here. */
  forgot(counted: string): void;
}

/**
 * Fetches the model and what goes with it, and derives the programs. A participant inspects the model first, reads its own rows, and asks
 * whether it may take part.
 *
 * @throws ParticipationRefused when a check, a person or a limit says no; DataError when its rows do not fit; EngineError, before the
 *   frozen weights are fetched, where the engine cannot hold them
 */
export async function prepare(welcome: Welcome, member: Preparation): Promise<Prepared> {
  const fetch = (name: string): Promise<Uint8Array> => member.fetch(welcome.blobs[name] ?? '');
  const text = new TextDecoder('utf-8', { fatal: true });
  const { own, hasher } = member;
  if (own && 'survey' in welcome.blobs) {
    return prepareSurvey(welcome, text.decode(await fetch('survey')), own, member);
  }
  const [model, recipeBytes, manifestBytes] = await Promise.all([
    fetch('model'),
    fetch('recipe'),
    fetch('manifest'),
  ]);
  const recipe = parseRecipe(text.decode(recipeBytes));
  const manifest = await parseManifest(text.decode(manifestBytes), (bytes) => sha256(bytes, hasher));
  const setup = { model, recipe, manifest };
  return own ? prepareOwn(welcome, setup, own, member) : prepareWorker(welcome, setup, member);
}

/** The model's programs, once all of its weights are here. */
async function derive(
  setup: TrainerSetup,
  list: FrozenList | undefined,
  blocks: Blocks,
  { trainer, fetch, frozen: store, fetching }: Preparation,
): Promise<Responses['prepare']> {
  if (!list) return trainer.ask({ type: 'prepare', setup, blocks });
  const frozen = await fetchFrozen(list, { fetch, store, progress: fetching });
  const given = frozen.kind === 'memory' ? [frozen.bytes.buffer] : [];
  return trainer.ask({ type: 'prepare', setup: { ...setup, frozen }, blocks }, given);
}

async function prepareWorker(
  { run, blobs }: Welcome,
  setup: TrainerSetup,
  member: Preparation,
): Promise<Prepared> {
  const { rows, forgot } = member;
  const list = await frozenListOf(setup.model, member.fetch);
  checkHolds(member.engine, list);
  const { manifest, recipe } = setup;
  const blocks = await rows.open(recipe, manifest);
  const derived = await derive(setup, list, blocks, member);
  const facts = { ...derived, rows: manifest.rows, ownCopy: blocks.kind === 'own' };
  const hashes = manifest.blocks.map((block) => block.hash);
  if (!remembers(recipe.state)) return { run, blobs, blocks, hashes, facts };
  // A worker is another one when it is started again: nothing of it needs to outlive the process.
  const recollection = new Recollection(new StatesInMemory(STEPS_KEPT), forgot);
  return { run, blobs, blocks, hashes, facts, recollection };
}

/** Reads the participant's own rows as the run declares them, and asks whether it may take part. */
async function prepareOwn(
  welcome: Welcome,
  setup: TrainerSetup,
  own: OwnRowsSource,
  member: Preparation,
): Promise<Prepared> {
  const { run, blobs } = welcome;
  const list = await frozenListOf(setup.model, member.fetch).catch(refuseFormat);
  const inspection = inspected(setup.model, blobs['model'], list, member);
  checkHolds(member.engine, list);
  const offer = { kind: 'train', welcome, inspection, ...setup } as const;
  const { manifest, blocks } = await own.read(offer);
  const rows = { examples: manifest.rows - manifest.test.rows, heldOut: manifest.test.rows };
  await agree({ ...offer, rows }, member);
  member.guard.agree(welcome);
  const derived = await derive({ ...setup, manifest }, list, blocks, member);
  const recollection = remembers(setup.recipe.state) && (await recollect(run, manifest.hash, member));
  const { trainable } = inspection;
  const facts = { ...derived, trainable, rows: manifest.rows, ownCopy: true };
  return { run, blobs, blocks, hashes: [], rows, facts, ...(recollection && { recollection }) };
}

/**
 * Looks at the model before a person is asked, and before its frozen weights are fetched: nothing that is looked at is in them.
 *
 * @throws ParticipationRefused
 */
function inspected(
  model: Uint8Array,
  sha256: string | undefined,
  list: FrozenList | undefined,
  { maxModel: bytes, forLargerModels }: Preparation,
): Inspection {
  const besides = list?.list.bytes ?? 0;
  const file = withFrozen(model, list && unfetched(list.id, besides));
  // Its hash was compared when it was fetched.
  const limits = bytes === undefined ? {} : { bytes };
  const inspection =
    tooLong(model.length + besides, limits) ?? inspectModel(file, limits, { sha256, besides });
  if (inspection.verdict === 'accepted') return inspection;
  const isTooLarge = inspection.limit?.name === 'bytes' && forLargerModels !== undefined;
  throw refused(isTooLarge ? `${inspection.reason}. ${forLargerModels}` : inspection.reason);
}

/** Of bytes that are no model, or that refer to what is never read. */
function refuseFormat(error: unknown): never {
  throw error instanceof OnnxFormatError ? refused(error.message) : error;
}

function refused(reason: string): ParticipationRefused {
  return new ParticipationRefused(
    `the model was refused before anything of it was run: ${reason}`,
    'inspection',
  );
}

async function recollect(run: string, rowsHash: string, member: Preparation): Promise<Recollection> {
  const states = (await member.states?.(run, rowsHash)) ?? new StatesInMemory();
  return new Recollection(states, (counted) => member.forgot(counted));
}

/** Sums its rows up first; that they may leave is asked with what they are. */
async function prepareSurvey(
  welcome: Welcome,
  text: string,
  own: OwnRowsSource,
  member: Preparation,
): Promise<Prepared> {
  const request = parseSurveyRequest(text);
  const survey = await own.survey({ kind: 'survey', welcome, request });
  const rows = { examples: survey['rows'] ?? 0, heldOut: 0 };
  await agree({ kind: 'survey', welcome, request, rows }, member);
  const { run, blobs } = welcome;
  return { run, blobs, blocks: { kind: 'own', directory: '' }, hashes: [], rows, survey };
}

/** @throws ParticipationRefused */
async function agree(asked: Asked, { consent }: Preparation): Promise<void> {
  const answer = (await consent?.(asked)) ?? true;
  if (answer !== true) throw new ParticipationRefused(answer.refuse, answer.code ?? 'person');
}
