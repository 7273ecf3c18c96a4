import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const STATIC_IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;

/** Every file that is loaded with this one, with the imports it finds there. */
function loadedBy(file: string, seen = new Map<string, string[]>()): Map<string, string[]> {
  if (seen.has(file)) return seen;
  const imports = [...readFileSync(file, 'utf8').matchAll(STATIC_IMPORT)].map(([, specifier]) => specifier!);
  seen.set(file, imports);
  for (const specifier of imports.filter((name) => name.startsWith('.'))) {
    loadedBy(resolve(dirname(file), specifier.replace(/\.js$/, '.ts')), seen);
  }
  return seen;
}

const exportsOf = (file: string) =>
  readFileSync(join(here, file), 'utf8').replace('./goverse-client-browser.js', './goverse-client.js');

describe.each(['browser.ts', 'index.ts'])('the client as loaded from %s', (entry) => {
  const files = loadedBy(join(here, entry));

  it('is made of relative modules alone: no package, no part of Node', () => {
    const foreign = [...files].flatMap(([file, imports]) =>
      imports.filter((name) => !name.startsWith('.')).map((name) => `${file} imports ${name}`),
    );
    expect(foreign).toEqual([]);
    expect(files.size).toBeGreaterThan(20);
  });

  it('uses no global that only Node has', () => {
    const nodeOnly = /\b(Buffer|process|setImmediate|require)\b\s*[.(]/;
    expect([...files.keys()].filter((file) => nodeOnly.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('loads gRPC and the WebSocket of Node only when they are asked for', () => {
    expect([...files.keys()].filter((file) => /\/(grpc-|node-web)/.test(file))).toEqual([]);
  });
});

describe('the client', () => {
  it('is the same in Node and in browsers, but for what Node can do besides', () => {
    expect(exportsOf('browser.ts')).toBe(exportsOf('index.ts'));
    expect([...loadedBy(join(here, 'browser.ts')).keys()].filter((file) => /\/node-/.test(file))).toEqual([]);
  });
});
