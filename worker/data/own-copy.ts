import { basename, join } from 'node:path';
import { ingest } from '../../node/data/ingest.ts';
import { DataError } from '../../shared/data/data-error.ts';
import type { DatasetManifest } from '../../shared/data/dataset.ts';
import type { TokensJob } from '../../shared/job/data-job.ts';
import type { Recipe } from '../../shared/programs/recipe.ts';

/**
 * Reads a member's own copy of the run's table (`--data`), so that no rows need to travel. It must be the same table: the
 * hash of what was read is compared. Of its file, and of a tokenizer's, only the name is taken from the job, never a path out of the folder.
 *
 * @throws DataError when it is another table
 */
export async function ownCopy(
  folder: string,
  recipe: Recipe,
  manifest: DatasetManifest,
  cache: string,
): Promise<string> {
  const source = basename(recipe.data.source);
  const own = await ingest(
    { ...recipe.data, source, tokens: inFolder(recipe.data.tokens) },
    folder,
    cache,
    recipe.seed,
  );
  if (own.manifest.hash !== manifest.hash) {
    throw new DataError(`The table is not the one that the run uses: its rows hash differently.`, {
      file: join(folder, source),
      hint: 'Take the same file as the coordinator has, or leave --data out: then the rows are sent.',
    });
  }
  return own.directory;
}

function inFolder(tokens: TokensJob | undefined): TokensJob | undefined {
  if (tokens?.tokenizer.kind !== 'file') return tokens;
  return { ...tokens, tokenizer: { kind: 'file', path: basename(tokens.tokenizer.path) } };
}
