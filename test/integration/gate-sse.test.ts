import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import type { TestGate, TestGateOptions } from './gate-fixture.js';
import { argumentOf, json, startTestGate } from './gate-fixture.js';

let gate: TestGate;
const streams: EventStream[] = [];
const start = async (options?: TestGateOptions) => (gate = await startTestGate(options));
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.close();
  await gate.close();
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const echo: TestGateOptions = { answer: (call) => json(call, argumentOf(call)) };

async function events(headers: Record<string, string> = {}): Promise<EventStream> {
  const stream = await EventStream.open(`${gate.http}/v1/events`, headers);
  streams.push(stream);
  return stream;
}

describe('GET /v1/events', () => {
  it('tells id and token first, then brings pushes as JSON with rising ids', async () => {
    await start();
    const stream = await events();
    expect(stream.response.statusCode).toBe(200);
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    const register = await stream.event();
    expect(register.name).toBe('register');
    const { clientId, token } = register.data as { clientId: string; token: string };
    expect(clientId.startsWith(`${gate.runtime.address}/`)).toBe(true);
    expect(token).toMatch(/^[\w-]{80,}$/);
    gate.cluster.push([clientId], 'ChatMessage', { text: 'line one\nline two ж' });
    gate.cluster.push([clientId], 'ChatMessage', undefined);
    expect(await stream.event()).toEqual({
      name: 'message',
      id: '1',
      data: { type: 'ChatMessage', data: { text: 'line one\nline two ж' } },
    });
    expect(await stream.event()).toEqual({ name: 'message', id: '2', data: { type: 'ChatMessage', data: null } });
  });

  it('writes an event line and one data line with LF ends', async () => {
    await start();
    const stream = await events();
    const { clientId } = (await stream.event()).data as { clientId: string };
    gate.cluster.push([clientId], 'X', 'a');
    await stream.event();
    const blocks = stream.text.split('\n\n').filter(Boolean);
    expect(blocks).toHaveLength(2);
    expect(blocks[0]).toMatch(/^event: register\ndata: \{.*\}$/);
    expect(blocks[1]).toBe('id: 1\nevent: message\ndata: {"type":"X","data":"a"}');
    expect(stream.text).not.toContain('\r');
  });

  it('names its client in calls with id and token', async () => {
    await start(echo);
    const stream = await events();
    const { clientId, token } = (await stream.event()).data as { clientId: string; token: string };
    const call = (headers: Record<string, string>) =>
      fetch(`${gate.http}/v1/objects/Room-1/Say`, { method: 'POST', headers });
    expect((await call({ 'x-client-id': clientId, 'x-client-token': token })).status).toBe(204);
    expect(gate.cluster.calls[0]!.clientId).toBe(clientId);
    expect((await call({ 'x-client-id': clientId })).status).toBe(403);
  });

  it('keeps nothing of their requests while streams are open', async () => {
    await start();
    const answers: WeakRef<object>[] = [];
    const note = (message: unknown) => void answers.push(new WeakRef((message as { response: object }).response));
    subscribe('http.server.request.start', note);
    const opened = await Promise.all(Array.from({ length: 20 }, () => events()));
    for (const stream of opened) expect((await stream.event()).name).toBe('register');
    unsubscribe('http.server.request.start', note);
    expect([gate.runtime.edge.registry.size, answers.length]).toEqual([20, 20]);
    await expect
      .poll(() => {
        collectGarbage();
        return answers.filter((answer) => answer.deref()).length;
      })
      .toBeLessThan(3);
    for (const stream of opened) expect(stream.response.socket.destroyed).toBe(false);
  });

  it.each([
    ['', /\r\nTransfer-Encoding: chunked[^]*\r\n\r\n[\da-f]+\r\nevent: register\n/i],
    ['GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n', /\r\n[\da-f]+\r\nevent: register\n/],
  ])('goes on whatever its client sends behind the request: %j', async (behind, head) => {
    await start();
    const socket = connect(Number(new URL(gate.http).port), '127.0.0.1').setEncoding('utf8');
    let heard = '';
    socket.on('data', (text: string) => (heard += text));
    socket.write(`GET /v1/events HTTP/1.1\r\nHost: a\r\n\r\n${behind}`);
    await expect.poll(() => heard).toMatch(head);
    socket.write('\r\nGET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n');
    gate.cluster.push(undefined, 'X', 'pushed');
    await expect.poll(() => heard).toContain('{"type":"X","data":"pushed"}\n\n');
    // Who sends no more is gone.
    socket.end();
    await new Promise((resolve) => socket.once('close', resolve));
    await expect.poll(() => gate.runtime.edge.registry.size).toBe(0);
    expect(heard.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('forgets the client when the connection closes and nobody may resume', async () => {
    await start({ options: { resumeWindowMs: 0 } });
    const stream = await events();
    const { clientId } = (await stream.event()).data as { clientId: string };
    stream.close();
    await gate.runtime.edge.registry.whenEmpty();
    expect(gate.cluster.push([clientId], 'X', 1).failed).toEqual([{ clientId, reason: 'CLIENT_NOT_CONNECTED' }]);
  });

  it('is told to go elsewhere when the gate stops, behind the pushes that wait', async () => {
    await start();
    const stream = await events();
    const { clientId } = (await stream.event()).data as { clientId: string };
    for (let n = 0; n < 100; n++) gate.cluster.push([clientId], 'Tick', n);
    const stopped = gate.runtime.stop();
    for (let n = 0; n < 100; n++) expect(await stream.event()).toMatchObject({ data: { type: 'Tick', data: n } });
    const away = await stream.event();
    expect(away).toMatchObject({ name: 'going_away', data: { reconnectAfterMs: expect.any(Number) } });
    expect(stream.text).toMatch(/event: going_away\ndata: \{"reconnectAfterMs":\d+\}\nretry: \d+\n\n$/);
    await stopped;
  });

  it('answers with a problem document when the client may not register', async () => {
    await start({ options: { authenticator: { authenticate: () => null } } });
    const response = await fetch(`${gate.http}/v1/events`);
    expect([response.status, response.headers.get('content-type')]).toEqual([401, 'application/problem+json']);
  });

  it('refuses pushes to a client that never reads, and hurts nobody else', async () => {
    await start({ ...echo, options: { clientQueueLimit: 20 } });
    const lazy = await events();
    const { clientId } = (await lazy.event()).data as { clientId: string };
    lazy.response.pause();
    const busy = await events();
    const { clientId: busyId } = (await busy.event()).data as { clientId: string };
    const text = 'x'.repeat(64 * 1024);
    let refused = 0;
    for (let i = 0; refused < 3 && i < 20_000; i++) {
      refused += gate.cluster.push([clientId], 'Big', text).failed.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(gate.cluster.push([clientId], 'Big', text).failed).toEqual([{ clientId, reason: 'QUEUE_FULL' }]);
    gate.cluster.push([busyId], 'Small', 1);
    expect((await busy.event()).data).toEqual({ type: 'Small', data: 1 });
    // It reads on: what had been taken arrives in order and without a gap.
    lazy.response.resume();
    const first = await lazy.event();
    const second = await lazy.event();
    expect([first.id, second.id]).toEqual(['1', '2']);
  });
});

interface ServerEvent {
  name: string;
  id?: string;
  data: unknown;
}

/** A reader of server-sent events that is not ours. */
class EventStream {
  text = '';
  private readonly waiting: ((event: ServerEvent) => void)[] = [];
  private readonly arrived: ServerEvent[] = [];
  private parsed = 0;

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('error', () => {});
    response.on('data', (chunk: string) => {
      this.text += chunk;
      this.parse();
    });
  }

  static open(url: string, headers: Record<string, string>): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      httpRequest(url, { headers, agent: false }, (response) => resolve(new EventStream(response)))
        .on('error', reject)
        .end();
    });
  }

  event(): Promise<ServerEvent> {
    const event = this.arrived.shift();
    return event ? Promise.resolve(event) : new Promise((resolve) => this.waiting.push(resolve));
  }

  close(): void {
    this.response.destroy();
  }

  private parse(): void {
    for (let end = this.text.indexOf('\n\n', this.parsed); end >= 0; end = this.text.indexOf('\n\n', this.parsed)) {
      const fields = new Map(
        this.text
          .slice(this.parsed, end)
          .split('\n')
          .map((line) => line.split(/: (.*)/s, 2) as [string, string]),
      );
      this.parsed = end + 2;
      const id = fields.get('id');
      const event = {
        name: fields.get('event') ?? '',
        ...(id === undefined ? {} : { id }),
        data: JSON.parse(fields.get('data') ?? '') as unknown,
      };
      const waiter = this.waiting.shift();
      if (waiter) waiter(event);
      else this.arrived.push(event);
    }
  }
}
