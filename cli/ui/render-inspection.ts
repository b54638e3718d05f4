import type { Inspection, Refusal } from '../../shared/onnx/inspect/inspection.ts';
import { describeInspection } from '../../shared/onnx/inspect/words.ts';
import { type Paint, plainPaint } from './paint.ts';

/** What was found in a model, section by section: the verdict first, as that is what is looked for. */
export function renderInspection(
  file: string,
  result: Inspection | Refusal,
  paint: Paint = plainPaint,
): string {
  const word = result.verdict === 'accepted' ? paint.green('accepted') : paint.red('refused');
  const sections = describeInspection(result).map(({ title, lines }) =>
    [paint.bold(title), ...lines.map((line) => `  ${line}`)].join('\n'),
  );
  return [`${paint.bold(file)}: ${paint.bold(word)}`, ...sections].join('\n\n');
}
