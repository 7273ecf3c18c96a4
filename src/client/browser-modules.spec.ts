import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const STATIC_IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;

/** Every file a browser loads for `index.ts`, with the imports it finds there. */
function loadedBy(file: string, seen = new Map<string, string[]>()): Map<string, string[]> {
  if (seen.has(file)) return seen;
  const imports = [...readFileSync(file, 'utf8').matchAll(STATIC_IMPORT)].map(([, specifier]) => specifier!);
  seen.set(file, imports);
  for (const specifier of imports.filter((name) => name.startsWith('.'))) {
    loadedBy(resolve(dirname(file), specifier.replace(/\.js$/, '.ts')), seen);
  }
  return seen;
}

describe('the client in a browser', () => {
  const files = loadedBy(join(here, 'index.ts'));

  it('is made of relative modules alone: no package, no part of Node', () => {
    const foreign = [...files].flatMap(([file, imports]) =>
      imports.filter((name) => !name.startsWith('.')).map((name) => `${file} imports ${name}`),
    );
    expect(foreign).toEqual([]);
    expect(files.size).toBeGreaterThan(10);
  });

  it('uses no global that only Node has', () => {
    const nodeOnly = /\b(Buffer|process|setImmediate|require)\b\s*[.(]/;
    expect([...files.keys()].filter((file) => nodeOnly.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('loads gRPC only when it is asked for', () => {
    expect([...files.keys()].filter((file) => /grpc/.test(file))).toEqual([]);
    expect(existsSync(join(here, 'grpc-transport.ts'))).toBe(true);
    expect(readFileSync(join(here, 'open-transport.ts'), 'utf8')).toContain("import('./grpc-transport.js')");
  });
});
