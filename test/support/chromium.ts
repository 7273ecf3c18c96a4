import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';

const run = promisify(execFile);

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const OTHER_PLACES = [
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const HOW_TO_GET_CHROMIUM =
  'Install Chromium or Chrome (Debian: apt-get install chromium) or name its binary in the environment variable CHROME_BIN';

let found: Promise<string | undefined> | undefined;

/**
 * Whether tests can have a browser. Where not: throws in CI (`CI=true`), else warns how to get one and resolves false,
 * so that suites skip loudly.
 */
export async function chromiumAvailable(): Promise<boolean> {
  if ((await chromiumBinary()) !== undefined) return true;
  if (process.env['CI'] === 'true') throw new Error(`Tests in CI need a browser. ${HOW_TO_GET_CHROMIUM}`);
  console.warn(`\n*** SKIPPED: everything that needs a browser. ${HOW_TO_GET_CHROMIUM} ***\n`);
  return false;
}

/** A headless browser of a test's own. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = await chromiumBinary();
  if (executablePath === undefined) throw new Error(`There is no browser to start. ${HOW_TO_GET_CHROMIUM}`);
  // Root may not use Chromium's sandbox, and containers have a small /dev/shm.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

function chromiumBinary(): Promise<string | undefined> {
  found ??= findChromium();
  return found;
}

async function findChromium(): Promise<string | undefined> {
  const named = process.env['CHROME_BIN'];
  if (named !== undefined && named !== '') {
    if (await isExecutable(named)) return named;
    throw new Error(`CHROME_BIN names ${named}, which cannot be executed`);
  }
  return (await findInstalled()) ?? ((await installByApt()) ? findInstalled() : undefined);
}

async function findInstalled(): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), ...OTHER_PLACES];
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

async function installByApt(): Promise<boolean> {
  if (process.getuid?.() !== 0 || !(await isExecutable('/usr/bin/apt-get'))) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=120'];
  try {
    await run('apt-get', [...wait, 'update'], { env });
    await run('apt-get', [...wait, 'install', '--yes', '--no-install-recommends', 'chromium'], { env });
    return true;
  } catch (error) {
    console.warn(`apt-get could not install chromium: ${String(error)}`);
    return false;
  }
}
