import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const HOW_TO_GET_ETCD =
  'Install etcd (Debian: apt-get install etcd-server; macOS: brew install etcd; else https://etcd.io/docs/latest/install/) ' +
  'or name its binary in the environment variable ETCD_BIN';

/** Path of an etcd binary: `ETCD_BIN`, else from PATH, else installed by apt-get where this is root on Debian. */
export async function findEtcdBinary(): Promise<string | undefined> {
  const named = process.env['ETCD_BIN'];
  if (named !== undefined && named !== '') {
    if (await isExecutable(named)) return named;
    throw new Error(`ETCD_BIN names ${named}, which cannot be executed`);
  }
  return (await findInPath()) ?? ((await installByApt()) ? findInPath() : undefined);
}

async function findInPath(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(folder, 'etcd');
    if (folder !== '' && (await isExecutable(candidate))) return candidate;
  }
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** RUNLEVEL=1 keeps the package from starting its own etcd service, which would take port 2379. */
async function installByApt(): Promise<boolean> {
  if (process.getuid?.() !== 0 || !(await isExecutable('/usr/bin/apt-get'))) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const wait = ['-o', 'DPkg::Lock::Timeout=120'];
  try {
    await run('apt-get', [...wait, 'update'], { env });
    await run('apt-get', [...wait, 'install', '--yes', '--no-install-recommends', 'etcd-server'], { env });
    return true;
  } catch (error) {
    console.warn(`apt-get could not install etcd-server: ${String(error)}`);
    return false;
  }
}
