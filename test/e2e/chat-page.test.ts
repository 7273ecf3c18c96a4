import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumAvailable, launchChromium } from '../support/chromium.js';
import type { Child } from '../support/child-process.js';
import { freePort } from '../support/free-port.js';
import { spawnEntry } from '../support/goverse-process.js';

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const DESKTOP = { viewport: { width: 1280, height: 800 } };

describe.skipIf(!(await chromiumAvailable()))('the chat page', () => {
  let browser: Browser;
  let chat: Child;
  let httpAddress: string;
  const errors: string[] = [];

  beforeAll(async () => {
    httpAddress = `127.0.0.1:${await freePort()}`;
    [browser] = await Promise.all([launchChromium(), startChat()]);
  });

  afterAll(async () => {
    await browser?.close();
    await chat?.kill();
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(errors.splice(0)).toEqual([]);
  });

  async function startChat(): Promise<void> {
    const free = ['--node-listen', '127.0.0.1:0', '--gate-listen', '127.0.0.1:0'];
    chat = spawnEntry('samples/chat/all.main.js', [...free, '--http-listen', httpAddress]);
    await chat.line(/^ready gate /);
  }

  async function openPage(name: string, room: string, options: BrowserContextOptions = DESKTOP): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage();
    page.on('pageerror', (error) => errors.push(String(error)));
    page.setDefaultTimeout(30_000);
    await page.goto(`http://${httpAddress}/`);
    await page.getByLabel('Your name').first().fill(name);
    await page.getByLabel('Room', { exact: true }).fill(room);
    await page.getByRole('button', { name: 'Start chatting' }).click();
    await page.locator('#members li', { hasText: name }).waitFor({ state: 'attached' });
    return page;
  }

  async function say(page: Page, text: string): Promise<void> {
    await page.getByLabel('Your message').fill(text);
    await page.getByRole('button', { name: 'Send' }).click();
  }

  const bubble = (page: Page, text: string) => page.locator('.bubble', { hasText: text });

  it('shows two people in two windows each other, their messages and the history', async () => {
    const ann = await openPage('ann', 'talk');
    const bob = await openPage('bob', 'talk');
    await ann.locator('#members li', { hasText: 'bob' }).waitFor();
    await say(ann, 'hello bob');
    await bubble(bob, 'hello bob').waitFor();
    await say(bob, 'hello <b>ann</b> & all');
    await bubble(ann, 'hello <b>ann</b> & all').waitFor();
    expect(await ann.locator('.bubble b').count()).toBe(0);
    const eve = await openPage('eve', 'talk');
    expect(await eve.locator('.bubble').allTextContents()).toEqual(['hello bob', 'hello <b>ann</b> & all']);
    await bob.getByRole('button', { name: 'Leave' }).click();
    await expect.poll(() => ann.locator('#members li').allTextContents()).not.toContain('bob');
  });

  it('keeps several rooms apart and counts what is unread', async () => {
    const ann = await openPage('ann', 'first');
    await ann.getByLabel('Join another room').fill('second');
    await ann.getByRole('button', { name: 'Join the room' }).click();
    await ann.getByRole('heading', { name: 'second', level: 1 }).waitFor();
    const bob = await openPage('bob', 'first');
    await say(bob, 'are you there?');
    await ann.locator('[data-room="first"] .badge', { hasText: '1' }).waitFor();
    expect(await bubble(ann, 'are you there?').count()).toBe(0);
    await ann.locator('[data-room="first"]').click();
    await bubble(ann, 'are you there?').waitFor();
    expect(await ann.locator('.badge').count()).toBe(0);
  });

  it('moves the membership when the same name joins in another window', async () => {
    const here = await openPage('ann', 'move');
    const there = await openPage('ann', 'move');
    await here.getByRole('alert').getByText('from another window').waitFor();
    await here.getByRole('button', { name: 'Come back' }).click();
    await there.getByRole('alert').getByText('from another window').waitFor();
  });

  it.each([
    ['a phone', PHONE, 'light'],
    ['a phone at night', PHONE, 'dark'],
    ['a desktop', DESKTOP, 'light'],
    ['a desktop at night', DESKTOP, 'dark'],
  ] as const)('is accessible and fits on %s', async (_what, screen, colorScheme) => {
    const page = await openPage('ann', `fit-${colorScheme}-${screen.viewport.width}`, { ...screen, colorScheme });
    const word = 'averylongword'.repeat(20);
    await say(page, `${word} https://example.com/${word}`);
    await bubble(page, word).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await expectNoSidewaysScrolling(page);
    if (screen === PHONE) {
      await page.getByRole('button', { name: 'Show the rooms' }).click();
      await page.getByLabel('Join another room').waitFor();
      expect(await violationsOf(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Show who is here' }).click();
      await page.locator('#members li').first().waitFor();
      expect(await violationsOf(page)).toEqual([]);
    }
    const welcome = await page.context().newPage();
    await welcome.goto(`http://${httpAddress}/`);
    expect(await violationsOf(welcome)).toEqual([]);
    await expectNoSidewaysScrolling(welcome);
  });

  it('says that the gate is gone, comes back, joins again and sends what was written meanwhile', async () => {
    const ann = await openPage('ann', 'restart');
    const bob = await openPage('bob', 'restart');
    await chat.kill();
    await ann.getByText('The connection is lost').waitFor();
    expect(await ann.locator('#connection').textContent()).toBe('Reconnecting');
    expect(await violationsOf(ann)).toEqual([]);
    await say(ann, 'written while the gate was away');
    await startChat();
    await Promise.all([ann, bob].map((page) => page.locator('#connection', { hasText: 'Connected' }).waitFor()));
    await bubble(ann, 'written while the gate was away').waitFor();
    await say(ann, 'back again');
    await bubble(bob, 'back again').waitFor();
  });
});

async function violationsOf(page: Page): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // Through the inspector, which the page's content security policy does not hold back.
  await page.evaluate(source);
  return page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).join(', ')))`);
}

async function expectNoSidewaysScrolling(page: Page): Promise<void> {
  const widths: number[] = await page.evaluate(`[document.documentElement, ...document.querySelectorAll('#log')].map(
    (element) => element.scrollWidth - element.clientWidth)`);
  expect(widths.every((width) => width <= 0)).toBe(true);
}
