import { describe, expect, it } from 'vitest';
import type { Authenticator, Identity } from '../config/index.js';
import { systemClock } from '../core/index.js';
import { AccessControl } from './access/access-control.js';
import { Authentication } from './authentication.js';
import { ClientRegistry } from './client-registry.js';
import { ClientStreams } from './client-streams.js';
import { CallLimits } from './limits/call-limits.js';
import { rejectWhenFull } from './slow-client-policy.js';

const sink = { write: () => true, end: () => {}, destroy: () => {} };
const source = { credentials: { headers: {} }, connection: { protocol: 'grpc' as const, peer: '127.0.0.1:1' } };
const logger = { log: () => {}, warn: () => {}, error: () => {} };

function setUp(authenticator?: Authenticator) {
  const registry = new ClientRegistry({
    address: () => 'g:1',
    queueLimits: { messages: 1, bytes: 1024 },
    policy: rejectWhenFull,
    onLeave: () => {},
  });
  const authenticated = authenticator !== undefined;
  const authentication = new Authentication(authenticated, logger);
  if (authenticator) authentication.use(authenticator);
  const limits = new CallLimits({
    maxCallsPerClient: 2,
    callsPerSecondPerClient: Infinity,
    callsPerSecondPerIp: Infinity,
  });
  const access = new AccessControl({ access: [], authenticated, clock: systemClock, logger });
  return { registry, streams: new ClientStreams(registry, authentication, access, limits) };
}

/** Answers when a test says so. */
function slowAuthenticator() {
  let answer!: (identity: Identity | null) => void;
  const asked = new Promise<Identity | null>((resolve) => (answer = resolve));
  return { authenticator: { authenticate: () => asked }, answer };
}

describe('ClientStreams', () => {
  it('takes as many streams of one connection as one client may have', async () => {
    const { registry, streams } = setUp();
    const open = () => {
      const ended = new AbortController();
      return { ended, client: streams.open({ source, sink, ended: ended.signal }) };
    };
    const [first] = [open(), open()];
    await first!.client;
    await expect(open().client).rejects.toMatchObject({ reason: 'OVERLOADED' });
    await expect(open().client).rejects.toMatchObject({ reason: 'OVERLOADED' });
    first!.ended.abort();
    await open().client;
    expect(registry.size).toBe(2);
  });

  it('forgets a client when its stream has ended', async () => {
    const { registry, streams } = setUp();
    const ended = new AbortController();
    const client = await streams.open({ source, sink, ended: ended.signal });
    expect(registry.find(client.id)).toBe(client);
    ended.abort();
    expect(registry.size).toBe(0);
  });

  it('registers nobody who left while the authenticator was asked', async () => {
    const { authenticator, answer } = slowAuthenticator();
    const { registry, streams } = setUp(authenticator);
    const ended = new AbortController();
    const opening = streams.open({ source, sink, ended: ended.signal });
    ended.abort(new Error('left'));
    await expect(opening).rejects.toThrow('left');
    answer({ userId: 'ann', roles: [] });
    expect(registry.size).toBe(0);
  });

  it('registers nobody when the gate began to stop while the authenticator was asked', async () => {
    const { authenticator, answer } = slowAuthenticator();
    const { registry, streams } = setUp(authenticator);
    const opening = streams.open({ source, sink, ended: new AbortController().signal });
    streams.close();
    answer({ userId: 'ann', roles: [] });
    await expect(opening).rejects.toMatchObject({ reason: 'NOT_READY' });
    expect(registry.size).toBe(0);
  });
});
