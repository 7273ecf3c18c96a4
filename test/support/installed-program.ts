import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A program that tests need and do not bring along. */
export interface Program {
  /** Environment variable that names its binary. */
  readonly variable: string;
  /** Names it may have in PATH. */
  readonly names: readonly string[];
  /** Paths outside of PATH where it may be. */
  readonly otherPlaces?: readonly string[];
  /** Debian's package of it. */
  readonly package: string;
  /** Environment of its installation. */
  readonly installWith?: Readonly<Record<string, string>>;
}

/** Path of a program: as its variable says, else where it is installed, else by apt-get where this is root on Debian. */
export async function findProgram(program: Program): Promise<string | undefined> {
  const named = process.env[program.variable];
  if (named !== undefined && named !== '') {
    if (await isExecutable(named)) return named;
    throw new Error(`${program.variable} names ${named}, which cannot be executed`);
  }
  return (await findInstalled(program)) ?? ((await installByApt(program)) ? findInstalled(program) : undefined);
}

async function findInstalled({ names, otherPlaces = [] }: Program): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...otherPlaces];
  for (const candidate of candidates) {
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function installByApt(program: Program): Promise<boolean> {
  if (process.getuid?.() !== 0 || !(await isExecutable('/usr/bin/apt-get'))) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...program.installWith };
  const wait = ['-o', 'DPkg::Lock::Timeout=120'];
  try {
    await run('apt-get', [...wait, 'update'], { env });
    await run('apt-get', [...wait, 'install', '--yes', '--no-install-recommends', program.package], { env });
    return true;
  } catch (error) {
    console.warn(`apt-get could not install ${program.package}: ${String(error)}`);
    return false;
  }
}
