import type { Browser, Page } from 'playwright-core';
import { GoverseClient } from 'nestjs-goverse/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumAvailable, launchChromium } from '../support/chromium.js';
import { bundleClient } from '../support/client-bundle.js';
import { ClientPage } from '../support/client-page.js';
import { GateProcesses } from '../support/gate-processes.js';
import type { GoverseProcess } from '../support/goverse-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** What the page has seen of its client. */
interface Seen {
  readonly clientId: string;
  readonly notes: number[];
  readonly gaps: number;
  readonly states: { state: string; resumed?: boolean; gate?: string }[];
}

describe.skipIf(!(await chromiumAvailable()))('the client in a browser', () => {
  let browser: Browser;
  let served: ClientPage;
  let processes: GateProcesses;
  /** Stays for the whole suite. */
  let rock: GoverseProcess;
  let driver: GoverseClient;
  const open: { stop(): unknown }[] = [];
  const errors: string[] = [];

  beforeAll(async () => {
    [browser, served, processes] = await Promise.all([
      launchChromium(),
      bundleClient().then((bundle) => ClientPage.start(bundle)),
      GateProcesses.start(),
    ]);
    rock = await startGate();
    driver = await GoverseClient.connect(`grpc://${rock.address}`);
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    for (const one of open.splice(0)) await one.stop();
    expect(errors.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await driver?.close();
    await browser?.close();
    served?.stop();
    await processes?.stop();
  });

  const startGate = () => processes.startGate('--cors', served.origin);

  /** A page whose client is connected and has counted what it sees since. */
  async function openPage(urls: string[]): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    page.on('pageerror', (error) => errors.push(String(error)));
    page.setDefaultTimeout(30_000);
    await page.goto(served.origin);
    await page.waitForFunction(`document.title === 'loaded'`);
    await page.evaluate(`(async () => {
      const states = [];
      const onState = ({ state, resumed, gate }) => states.push({ state, resumed, gate });
      const client = await goverse.GoverseClient.connect(${JSON.stringify(urls)}, { backoffMs: 20, maxBackoffMs: 200, onState });
      const seen = { notes: [], gaps: 0, states };
      client.on('Note', ({ n }) => seen.notes.push(n));
      client.onGap(() => seen.gaps++);
      Object.assign(globalThis, { client, seen });
    })()`);
    return page;
  }

  const seenBy = (page: Page): Promise<Seen> => page.evaluate('({ clientId: client.clientId, ...seen })');
  const call = (page: Page, ...args: unknown[]): Promise<unknown> =>
    page.evaluate(`client.callObject(...${JSON.stringify(args)})`);
  const push = (clientId: string, from: number, count: number) =>
    driver.callObject('Pusher-browser', 'Push', { clientIds: [clientId], from, count });
  const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);
  const notes = async (page: Page) => (await seenBy(page)).notes;

  it.each(['ws', 'http'])('calls and is pushed to over %s', async (scheme) => {
    const page = await openPage([`${scheme}://${rock.http}`]);
    expect(await call(page, 'Echo-browser', 'Echo', { text: 'ünïcödé' })).toEqual({ text: 'ünïcödé' });
    const { clientId } = await seenBy(page);
    expect(await push(clientId, 0, 30)).toEqual({ [clientId]: { delivered: 30 } });
    await expect.poll(() => notes(page)).toEqual(upTo(30));
    const reason = page.evaluate(
      `client.callObject('Echo-browser', 'Nope').catch(({ name, reason }) => name + ' ' + reason)`,
    );
    expect(await reason).toBe('GoverseError METHOD_NOT_FOUND');
    expect(await page.evaluate(`goverse.GoverseClient.connect('grpc://h:1').catch(({ message }) => message)`)).toMatch(
      /gRPC is for Node/,
    );
  });

  it.each(['ws', 'http'])('resumes over %s without loss or duplicate', async (scheme) => {
    const gate = await startGate();
    const proxy = await TcpProxy.start(gate.http);
    open.push(proxy);
    const page = await openPage([`${scheme}://${proxy.endpoint}`]);
    const { clientId } = await seenBy(page);
    for (let round = 0; round < 5; round++) {
      const before = (await seenBy(page)).states.length;
      const pushing = push(clientId, round * 40, 40);
      proxy.cut();
      await page.waitForFunction(`seen.states.length > ${before}`);
      await pushing;
      proxy.mend();
      await page.waitForFunction(`client.state === 'connected'`);
    }
    await expect.poll(async () => (await notes(page)).length).toBeGreaterThanOrEqual(200);
    const seen = await seenBy(page);
    expect(seen.notes).toEqual(upTo(200));
    expect(seen).toMatchObject({ clientId, gaps: 0 });
    const resumptions = seen.states.slice(1).filter(({ state }) => state === 'connected');
    expect(resumptions.every(({ resumed }) => resumed === true)).toBe(true);
  });

  it.each(['ws', 'http'])('goes to the next gate over %s when its own is killed', async (scheme) => {
    const gate = await startGate();
    const page = await openPage([`${scheme}://${gate.http}`, `${scheme}://${rock.http}`]);
    await gate.child.kill();
    // Whether a call to a gate that dies has run is not known; this one may run twice.
    const again = { idempotent: true };
    expect(await call(page, 'Echo-browser', 'Echo', 'here again', again)).toBe('here again');
    const { states, clientId } = await seenBy(page);
    expect(states.at(-1)?.gate).toContain(rock.http);
    await push(clientId, 0, 10);
    await expect.poll(() => notes(page)).toEqual(upTo(10));
  });
});
