import type { Section } from '../../shared/onnx/inspect/words.ts';
import { type Paint, plainPaint, widthOf } from './paint.ts';

/** Headings with their lines below, which are broken between words where the terminal ends. */
export function renderSections(
  sections: readonly Section[],
  width = Number.POSITIVE_INFINITY,
  paint: Paint = plainPaint,
): string {
  return sections
    .map(({ title, lines }) =>
      [
        paint.bold(title),
        ...lines.flatMap((line) => broken(line, width - 2)).map((line) => `  ${line}`),
      ].join('\n'),
    )
    .join('\n\n');
}

/** What follows a break is indented by two more. */
function broken(line: string, width: number): string[] {
  const indent = /^ */.exec(line)![0];
  const lines: string[] = [];
  let current = indent;
  for (const word of line.trim().split(' ')) {
    const longer = current.trim() === '' ? `${current}${word}` : `${current} ${word}`;
    if (widthOf(longer) <= width || current.trim() === '') current = longer;
    else {
      lines.push(current);
      current = `${indent}  ${word}`;
    }
  }
  return [...lines, current];
}
