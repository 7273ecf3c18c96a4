import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../../src', import.meta.url));

/** What each room may import; everything not listed is an import upwards or sideways. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  config: ['core'],
  decorators: ['core'],
  observability: ['core'],
  rpc: ['core', 'config', 'observability'],
  objects: ['core', 'config', 'decorators', 'observability'],
  cluster: ['core', 'config', 'observability'],
  routing: ['core', 'config', 'decorators', 'observability', 'rpc', 'cluster'],
  push: ['core', 'config', 'observability', 'rpc', 'cluster', 'routing'],
  node: ['core', 'config', 'decorators', 'observability', 'rpc', 'objects', 'cluster', 'routing', 'push'],
  gate: ['core', 'config', 'decorators', 'observability', 'rpc', 'cluster', 'routing', 'push'],
  // In Node the client speaks gRPC: the same files and the same errors, without the rest of the room (see below).
  client: ['core', 'rpc'],
  testing: [
    'core',
    'config',
    'decorators',
    'observability',
    'rpc',
    'objects',
    'cluster',
    'routing',
    'push',
    'node',
    'gate',
    'client',
  ],
};

interface Import {
  readonly file: string;
  readonly room: string;
  readonly target: string;
  readonly targetRoom: string;
}

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return name.endsWith('.ts') && !name.endsWith('.spec.ts') ? [path] : [];
  });
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)];
  return found.map(([, specifier]) => {
    const target = relative(src, resolve(dirname(file), specifier!));
    return {
      file: relative(src, file),
      room: relative(src, file).split('/')[0]!,
      target,
      targetRoom: target.split('/')[0]!,
    };
  });
}

const all = sources(src)
  .filter((file) => dirname(file) !== src)
  .flatMap(importsOf);

describe('the rooms of src', () => {
  it('are the ones of the architecture', () => {
    const rooms = readdirSync(src).filter((name) => statSync(join(src, name)).isDirectory());
    expect(rooms.filter((room) => !(room in MAY_IMPORT))).toEqual([]);
  });

  it('import downwards only', () => {
    const wrong = all.filter(({ room, targetRoom }) => room !== targetRoom && !MAY_IMPORT[room]?.includes(targetRoom));
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  it('use other rooms through their index only', () => {
    const wrong = all.filter(
      ({ room, targetRoom, target }) => room !== targetRoom && room !== 'client' && target !== `${targetRoom}/index.js`,
    );
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  it('lend the client the proto files and the error mapping only', () => {
    const lent = all
      .filter(({ room, targetRoom }) => room === 'client' && targetRoom === 'rpc')
      .map(({ target }) => target);
    expect([...new Set(lent)].sort()).toEqual(['rpc/grpc-errors.js', 'rpc/proto-files.js']);
  });

  it('keep Nest out of the client', () => {
    const wrong = sources(join(src, 'client')).filter((file) => /from '@nestjs\//.test(readFileSync(file, 'utf8')));
    expect(wrong).toEqual([]);
  });

  it('see imports at all', () => {
    expect(all.length).toBeGreaterThan(50);
  });
});
