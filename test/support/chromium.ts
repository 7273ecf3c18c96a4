import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import { findProgram } from './installed-program.js';

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

/** Path of a browser, looked for once. */
export function chromiumBinary(): Promise<string | undefined> {
  found ??= findChromium();
  return found;
}

function findChromium(): Promise<string | undefined> {
  return findProgram({ variable: 'CHROME_BIN', names: NAMES, otherPlaces: OTHER_PLACES, package: 'chromium' });
}
