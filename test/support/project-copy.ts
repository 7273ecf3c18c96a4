import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from './child-process.js';

/** What a build of the project and its package are made of. */
const FOLDERS = ['src', 'samples', 'proto', 'test/fixtures'];
const FILES = [
  ...['package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'],
  ...['README.md', 'CHANGELOG.md', 'LICENSE'],
];

/**
 * The project in a folder of its own, not built yet. For commands that build: in the repository they would write the
 * files that the processes of other tests are reading.
 */
export interface ProjectCopy {
  readonly folder: string;
  remove: () => Promise<void>;
}

export async function copyProject(): Promise<ProjectCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'goverse-project-'));
  for (const part of [...FOLDERS, ...FILES]) await cp(join(REPOSITORY, part), join(folder, part), { recursive: true });
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
