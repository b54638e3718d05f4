import Table from 'cli-table3';

/** A table with one line a row, and no colours of its own: plain output stays plain. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({ head: [...head], style: { head: [], border: [] }, chars: COMPACT });
  made.push(...rows.map((row) => [...row]));
  const lines = made.toString().split('\n');
  const top = lines[0] ?? '';
  lines.splice(2, 0, top.replace('┌', '├').replaceAll('┬', '┼').replace('┐', '┤'));
  return lines.join('\n');
}

/** Names on the left, values on the right. */
export function sideways(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({ style: { head: [], border: [] }, chars: COMPACT });
  made.push(...head.map((name, at) => [name, ...rows.map((row) => row[at] ?? '')]));
  return made.toString();
}

/** No line between two rows. */
const COMPACT = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
