import type { ExportedModel } from '../coordinator/export/export-run.ts';
import type { RunFacts } from '../launch/coordinate.ts';
import { command } from '../shared/text/command.ts';
import { namedByFolder } from './shell.ts';
import type { RunReport } from './ui/view.ts';

/** What can be done with a run that has ended. */
export function nextCommands(
  facts: Pick<RunFacts, 'run' | 'directory' | 'format'>,
  model: ExportedModel | undefined,
): string[] {
  const run = namedByFolder(facts.run, facts.directory);
  const makes = model?.decoder ?? (model?.generator || model?.generation ? model.file : undefined);
  const [id, ...where] = run;
  const use =
    makes === undefined
      ? ['predict', id!, facts.format === 'images' ? 'FOLDER' : 'ROWS.csv', ...where]
      : ['generate', makes];
  return [
    command('show', ...run),
    ...(model?.best && model.best.version !== model.version
      ? [command('export', ...run, '--version', 'best')]
      : []),
    ...(model && (makes !== undefined || !model.places) ? [command(...use)] : []),
  ];
}

/** @param counted whether the run counts epochs */
export function bestOfModel(model: ExportedModel | undefined, counted: boolean): RunReport['best'] {
  return model?.best && { of: model.best, counted, exported: model.version };
}
