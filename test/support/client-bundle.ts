import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { REPOSITORY } from './child-process.js';

const ENTRY = `export { GoverseClient, GoverseError } from 'nestjs-goverse/client';\n`;

/** The client as a bundler makes it of the built package for a browser: one minified module. */
export async function bundleClient(): Promise<string> {
  const folder = await mkdtemp(join(REPOSITORY, 'node_modules', '.client-bundle-'));
  try {
    await writeFile(join(folder, 'entry.js'), ENTRY);
    await build({
      root: folder,
      configFile: false,
      logLevel: 'warn',
      build: { lib: { entry: 'entry.js', formats: ['es'], fileName: 'client' }, outDir: 'out', minify: true },
    });
    return await readFile(join(folder, 'out', 'client.js'), 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
