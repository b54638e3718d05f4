// npm run survey: models that others wrote, through import and differentiator, beside torch.autograd. Names: only those.
import { withCompiled } from '../../scripts/generate/compiled.mjs';

const MAIN = 'test/survey/main.ts';

process.exitCode = await withCompiled(MAIN, async (load) =>
  (await load(MAIN)).main(process.argv.slice(2), new URL('../../', import.meta.url)),
);
