/** A fenced block of a Markdown document. */
export interface Fence {
  /** First word of the info string: `ts`, `sh`, ... */
  readonly language: string;
  /** The `name=value` words behind it; a bare word is `word: ''`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

/** All fenced blocks of a document, in their order. */
export function fencesOf(markdown: string): Fence[] {
  return [...markdown.matchAll(/^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm)].map(
    ({ 1: language = '', 2: words = '', 3: text = '', index }) => ({
      language,
      attributes: Object.fromEntries(words.trim().split(/\s+/).filter(Boolean).map(attribute)),
      text,
      line: markdown.slice(0, index).split('\n').length,
    }),
  );
}

function attribute(word: string): [string, string] {
  const [name = '', value = ''] = word.split('=', 2);
  return [name, value];
}

/** What stands under a `##` heading, to the next one. */
export function section(markdown: string, heading: string): string {
  const found = markdown.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (found === undefined) throw new Error(`The document has no heading "## ${heading}"`);
  return found;
}

/** The cells of all table rows in a text, without the header rows. */
export function cellsOf(markdown: string): string[][] {
  const lines = markdown.split('\n').map((line) => line.trim());
  return lines.filter((line, at) => line.startsWith('|') && !isRule(line) && !isRule(lines[at + 1])).map(splitRow);
}

function isRule(line: string | undefined): boolean {
  return line !== undefined && /^\|[\s|:-]+\|$/.test(line);
}

function splitRow(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** The words in backticks. */
export function codeWords(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
}
