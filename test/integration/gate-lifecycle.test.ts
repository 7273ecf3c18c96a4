import { Controller, Get, Module } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { GoverseClient } from '../../src/client/index.js';
import type { GateConfig } from '../../src/config/index.js';
import { systemClock } from '../../src/core/index.js';
import { GATE_CONFIG, GateRuntime, GoverseGateModule } from '../../src/gate/index.js';
import { GoverseService } from '../../src/routing/index.js';
import type { TestGate, TestGateOptions } from './gate-fixture.js';
import {
  StandInCluster,
  TestClient,
  argumentOf,
  codec,
  deferred,
  json,
  refusal,
  startTestGate,
} from './gate-fixture.js';

let gate: TestGate;
const start = async (options?: TestGateOptions) => (gate = await startTestGate(options));
afterEach(() => gate?.close());

const echo: TestGateOptions = { answer: (call) => json(call, argumentOf(call)) };

describe('readiness', () => {
  it('is awaited', async () => {
    await start();
    gate.cluster.setReady(false);
    let ready = false;
    const waiting = gate.runtime.whenReady().then(() => (ready = true));
    await fetch(`${gate.http}/readyz`);
    expect(ready).toBe(false);
    gate.cluster.setReady(true);
    await waiting;
    expect(gate.runtime.readiness()).toEqual({ ready: true });
  });

  it('is shown on opsListen too', async () => {
    await start({ options: { opsListen: '127.0.0.1:0', httpListen: false } });
    expect(gate.runtime.httpAddress).toBeUndefined();
    const response = await fetch(`http://${gate.runtime.opsAddress}/readyz`);
    expect(response.status).toBe(200);
  });
});

describe('stopping', () => {
  it('finishes what runs, refuses what is new, ends streams with a status, then leaves the cluster', async () => {
    const [begun, release] = [deferred(), deferred()];
    await start({
      answer: async (call) => {
        begun.resolve();
        await release.promise;
        return json(call, 'done');
      },
    });
    const client = gate.client();
    const registered = client.register();
    const { clientId } = await registered.first();
    const running = client.call('Slow-1', 'Sleep', 1, { clientId });
    await begun.promise;
    const stopped = gate.runtime.stop();
    expect(gate.runtime.readiness()).toEqual({ ready: false, reason: 'the gate is stopping' });
    const { code, metadata } = await registered.status;
    expect([code, metadata.get('goverse-reason')[0]]).toEqual([status.UNAVAILABLE, 'NOT_READY']);
    expect(await refusal(client.call('Slow-1', 'Sleep', 2))).toMatchObject({
      code: status.UNAVAILABLE,
      reason: 'NOT_READY',
    });
    expect((await fetch(`${gate.http}/readyz`)).status).toBe(503);
    expect((await fetch(`${gate.http}/v1/events`)).status).toBe(503);
    expect(gate.cluster.log).toEqual([`start ${gate.runtime.address}`]);
    release.resolve();
    expect(await running).toBe('done');
    await stopped;
    expect(gate.cluster.log).toEqual([`start ${gate.runtime.address}`, 'stop']);
    await expect(fetch(`${gate.http}/healthz`)).rejects.toThrow();
    await gate.runtime.stop();
    expect(gate.cluster.log).toHaveLength(2);
  });

  it('cuts short what outlasts drainTimeoutMs', async () => {
    await start({
      options: { drainTimeoutMs: 50 },
      answer: (_call, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    });
    const refused = refusal(gate.client().call('Slow-1', 'Sleep', 1));
    await new Promise<void>((resolve) => {
      const look = () => (gate.cluster.calls.length > 0 ? resolve() : setImmediate(look));
      look();
    });
    await gate.runtime.stop();
    expect(await refused).toMatchObject({ code: status.UNAVAILABLE, reason: 'OUTCOME_UNKNOWN' });
  });

  it('vanishes when it is killed', async () => {
    await start(echo);
    const registered = gate.client().register();
    await registered.first();
    await gate.runtime.kill();
    expect((await registered.status).code).not.toBe(status.OK);
    expect(gate.cluster.log.at(-1)).toBe('kill');
    await expect(fetch(`${gate.http}/healthz`)).rejects.toThrow();
  });
});

describe('in an application', () => {
  @Controller('hello')
  class HelloController {
    @Get()
    hello(): string {
      return 'hello';
    }
  }

  async function application(options: object, adapter: FastifyAdapter = new FastifyAdapter()) {
    const cluster = new StandInCluster((call) => json(call, argumentOf(call)));
    const factory = (config: GateConfig) =>
      new GateRuntime({ config, cluster, codec, clock: systemClock, logger: quiet });
    @Module({
      imports: [GoverseGateModule.forRootAsync({ useFactory: () => ({ listen: '127.0.0.1:0', ...options }) })],
      controllers: [HelloController],
    })
    class AppModule {}
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(GateRuntime)
      .useFactory({ factory, inject: [GATE_CONFIG] })
      .compile();
    const app = module.createNestApplication<NestFastifyApplication>(adapter, { logger: false });
    return { app, cluster };
  }

  it("mounts its routes beside the application's own with httpListen 'app'", async () => {
    const { app } = await application({ httpListen: 'app', cors: ['https://chat.example'] });
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    expect(await (await fetch(`${url}/hello`)).text()).toBe('hello');
    expect((await fetch(`${url}/hello`, { headers: { origin: 'https://evil.example' } })).status).toBe(200);
    const id = encodeURIComponent(`shard#5/Room-${'ж'.repeat(100)}`);
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/v1/objects/${id}/Say`, { method: 'POST', body: '[1]', headers });
    expect([response.status, await response.json()]).toEqual([200, [1]]);
    expect(
      (await fetch(`${url}/v1/objects/${id}/Say`, { method: 'POST', headers: { origin: 'https://evil.example' } }))
        .status,
    ).toBe(403);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/v1/unknown`)).headers.get('content-type')).toContain('application/json');
    const client = new TestClient(app.get(GateRuntime).address);
    expect(await client.call('Echo-1', 'Say', 5)).toBe(5);
    client.close();
    await app.close();
  });

  it("serves WebSockets and event streams of the application's own server with httpListen 'app'", async () => {
    const { app } = await application({ httpListen: 'app' });
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    for (const gate of [url.replace('http:', 'ws:'), url]) {
      const client = await GoverseClient.connect(gate);
      expect(client.clientId).toMatch(`${app.get(GateRuntime).address}/`);
      expect(await client.callObject('Echo-1', 'Say', [gate])).toEqual([gate]);
      await client.close();
    }
    await app.close();
  });

  it('gives the application a GoverseService that calls through the gate', async () => {
    const { app, cluster } = await application({ httpListen: false });
    await app.init();
    const goverse = app.get(GoverseService);
    await goverse.whenReady();
    expect(await goverse.callObject('Echo-1', 'Say', { at: new Date(5) })).toEqual({ at: new Date(5) });
    expect(cluster.calls[0]).toMatchObject({ isFromClient: false, payload: { kind: 'msgpack' } });
    await app.close();
  });

  it('says what is wrong when a port is taken', async () => {
    await start();
    const { app } = await application({ httpListen: gate.runtime.httpAddress });
    await expect(app.init()).rejects.toThrow(`Cannot listen for HTTP on ${gate.runtime.httpAddress}`);
    await app.close();
  });
});

const quiet = { log: () => {}, warn: () => {}, error: () => {} };
