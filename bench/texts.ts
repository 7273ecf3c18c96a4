/** Characters of every argument and answer. */
export const TEXT_LENGTH = 64;

/** A different argument for each call, always as long. */
export function textOf(n: number): string {
  return String(n).padStart(TEXT_LENGTH, 'x');
}

export function isTextOf(answer: unknown, n: number): boolean {
  return answer === textOf(n);
}

/** What `textOf` was made of. */
export function numberOf(text: string): number {
  return Number(text.slice(text.lastIndexOf('x') + 1));
}
