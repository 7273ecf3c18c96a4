import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../src/config/index.js';
import type { Setting } from '../../src/config/index.js';
import { cellsOf, codeWords, section } from './docs-support/markdown.js';

const text = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

const rows = new Map(cellsOf(section(text, 'Settings')).map((cells) => [codeWords(cells[0] ?? '')[0], cells] as const));
const settings = Object.entries(SETTINGS);

describe('docs/configuration.md', () => {
  it('has one row for every setting, in the order of the code, and no other', () => {
    expect([...rows.keys()]).toEqual(Object.keys(SETTINGS));
  });

  it.each(settings)('says who has %s', (name, { roles }) => {
    const [, node = '', gate = ''] = rows.get(name) ?? [];
    expect([node && 'node', gate && 'gate'].filter(Boolean)).toEqual(roles);
  });

  it.each(settings)('says how %s is written on the command line and in the environment', (name, { text: asText }) => {
    const [, , , , flag = '', variable = ''] = rows.get(name) ?? [];
    const words = name.replace('.', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const expected = [`\`--${words}\``, `\`GOVERSE_${words.replaceAll('-', '_').toUpperCase()}\``];
    expect([flag, variable]).toEqual(asText === false ? ['in code only', 'in code only'] : expected);
  });

  it.each(settings.filter(([, setting]) => hasDefault(setting)))('tells the default of %s', (name, { fallback }) => {
    expect(codeWords(rows.get(name)?.[3] ?? '')).toEqual([
      Array.isArray(fallback) ? fallback.join(',') : String(fallback),
    ]);
  });
});

function hasDefault({ fallback }: Setting): boolean {
  return fallback !== undefined && !(Array.isArray(fallback) && fallback.length === 0);
}
