/** The element of the page that has this id. */
export function byId<Kind extends Element = HTMLElement>(id: string): Kind {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element as Element as Kind;
}

export function show(id: string, visible = true): void {
  byId(id).hidden = !visible;
}

export function say(id: string, text: string): void {
  const element = byId(id);
  // The same words again would be read out again.
  if (element.textContent !== text) element.textContent = text;
}

/** An element with text or children; text is never read as HTML. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

export function fillList(id: string, texts: readonly string[]): void {
  byId(id).replaceChildren(...texts.map((text) => make('li', {}, text)));
}

/** A problem in words, or none. */
export function problem(id: string, error?: unknown): void {
  show(id, error !== undefined);
  if (error !== undefined) say(id, wordsOf(error));
}

/** What an error says: of data, also where it is and what to do. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { file, line, column, hint } = error as {
    file?: string;
    line?: number;
    column?: unknown;
    hint?: string;
  };
  const place = [
    ...(file ? [file] : []),
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(column === undefined ? [] : [`column ${String(column)}`]),
  ].join(', ');
  return [place && `${place}: `, error.message, hint && ` ${hint}`].filter(Boolean).join('');
}

export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const exponent = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** exponent).toPrecision(3)} ${['B', 'kB', 'MB', 'GB', 'TB'][exponent]}`;
}

export function numberText(value: number): string {
  return value.toLocaleString('en');
}
