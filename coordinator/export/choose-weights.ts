import type { StrategyJob } from '../../shared/job/job.ts';
import { AVERAGE } from '../../shared/nn/optimizers/ema.ts';
import type { StoredTensor } from '../../shared/onnx/stored-tensor.ts';
import type { FileCheckpoint } from '../store/checkpoint-file.ts';
import type { Latest, RunReader } from '../store/read-run.ts';
import { bestOf } from '../store/retention.ts';
import { StoreError } from '../store/store-error.ts';
import { clusterVector } from '../strategies/ifca.ts';
import { NotInRunError } from './export-error.ts';

/** The weights of one of several models; undefined for the first, which are the run's own. @throws NotInRunError */
export function clusterOf(
  strategy: StrategyJob,
  cluster: number | undefined,
  vectors: FileCheckpoint['vectors'],
): StoredTensor | undefined {
  if (cluster === undefined) return undefined;
  const clusters = strategy.kind === 'ifca' ? strategy.clusters : 1;
  if (strategy.kind !== 'ifca' || cluster >= clusters) {
    const has = strategy.kind === 'ifca' ? `${clusters} models, 0 to ${clusters - 1}` : 'one model';
    throw new NotInRunError(`there is no cluster ${cluster}: the run's strategy ${strategy.kind} has ${has}`);
  }
  return cluster === 0 ? undefined : vectors.get(`server.${clusterVector(cluster)}`);
}

/** The weights that are handed out: averaged ones, where the job averages. */
export function weightsIn(vectors: FileCheckpoint['vectors']): StoredTensor {
  return (vectors.get(AVERAGE) ?? vectors.get('parameters'))!;
}

/** The commit to export, to be closed. @throws NotInRunError when there is none */
export async function choose(
  store: RunReader,
  which: 'last' | 'best',
  metric: string | undefined,
): Promise<Latest<FileCheckpoint>> {
  if (which === 'best') {
    if (!metric)
      throw new NotInRunError('the job keeps no best version: set checkpoint.best to a metric in it');
    return openBest(store, metric);
  }
  const latest = await store.openLatest();
  if (!latest) {
    throw new NotInRunError(
      `run ${store.run.id} has not committed a version yet: there is no model to export`,
    );
  }
  return latest;
}

/** A run that goes on may find a better one, and remove what was the best, before its file is open. */
async function openBest(store: RunReader, metric: string): Promise<Latest<FileCheckpoint>> {
  for (;;) {
    const committed = bestOf(store.versions(), metric);
    if (!committed) throw new NotInRunError(`no committed version of run ${store.run.id} was evaluated yet`);
    try {
      return { committed, checkpoint: await store.open(committed), damaged: [] };
    } catch (error) {
      // What is not kept any more is not among the versions when they are read again.
      if (!(error instanceof StoreError) || error.code !== 'not-found') throw error;
    }
  }
}
