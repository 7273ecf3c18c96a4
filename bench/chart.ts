import type { SuiteResult } from './report.js';

const WIDTH = 900;
const LABEL = 330;
const BAR = 16;
const ROW = 22;
const HEAD = 34;

/** Bars of all suites, each suite with a scale of its own. */
export function chartOf(results: readonly SuiteResult[]): string {
  const parts: string[] = [];
  let y = 10;
  for (const { suite, lines } of results) {
    const per = suite.byCpu ? 'CPU second' : 'second';
    parts.push(text(10, y + 20, `${suite.name}: ${suite.unit} per ${per}`, 'font-weight="bold"'));
    y += HEAD;
    const most = Math.max(...lines.map(({ rate }) => rate), 1);
    for (const { contender, callers, rate } of lines) {
      const width = Math.max((rate / most) * (WIDTH - LABEL - 120), 1);
      const fill = contender.startsWith('goverse') ? '#0b6e99' : '#b0b8bf';
      parts.push(text(LABEL - 8, y + 12, `${contender}, ${callers}`, 'text-anchor="end"'));
      parts.push(`<rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="${fill}"/>`);
      parts.push(text(LABEL + width + 6, y + 12, Math.round(rate).toLocaleString('en-US')));
      y += ROW;
    }
    y += 12;
  }
  const open = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" font-family="sans-serif" font-size="12">`;
  return [open, `<rect width="${WIDTH}" height="${y}" fill="#fff"/>`, ...parts, '</svg>', ''].join('\n');
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escaped}</text>`;
}
