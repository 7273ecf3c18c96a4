import { connect } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import type { Client, Server, ServiceError, sendUnaryData } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { GoverseError, goverseError } from '../core/index.js';
import { GrpcListener, MESSAGE_OVERHEAD_BYTES } from './grpc-listener.js';
import { goverseErrorOf, grpcStatusOf } from './grpc-errors.js';
import { FLOW_CONTROL_WINDOW } from './http2-windows.js';
import { loadProto } from './proto-files.js';

const MAX_PAYLOAD = 10_000;
const proto = loadProto();
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type CallObject = (call: { request: unknown }, callback: sendUnaryData<unknown>) => void;

async function listening(callObject: CallObject = (_call, callback) => callback(null, {}), listen = '127.0.0.1:0') {
  const register = (server: Server) => server.addService(proto.goverse, { CallObject: callObject } as never);
  const listener = await GrpcListener.start({ listen, maxPayloadBytes: MAX_PAYLOAD, register });
  cleanups.push(() => listener.close(0));
  return listener;
}

type UnaryCall = (request: object, callback: (error: ServiceError | null, reply?: object) => void) => void;

function caller(address: string): (request: object) => Promise<object | GoverseError> {
  const Goverse = makeGenericClientConstructor(proto.goverse, 'Goverse');
  const client = new Goverse(address, credentials.createInsecure()) as unknown as Client & { CallObject: UnaryCall };
  cleanups.push(() => client.close());
  return (request) =>
    new Promise((resolve) =>
      client.CallObject(request, (error, reply) => resolve(error ? goverseErrorOf(error) : (reply ?? {}))),
    );
}

async function session(address: string): Promise<ClientHttp2Session> {
  const opened = connect(`http://${address}`);
  cleanups.push(() => opened.destroy());
  await new Promise((resolve) => opened.once('remoteSettings', resolve));
  return opened;
}

describe('GrpcListener', () => {
  it('says which port it took', async () => {
    const { address } = await listening();
    expect(address).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
    expect(await caller(address)({})).toMatchObject({});
  });

  it('names the address it cannot have', async () => {
    const { address } = await listening();
    await expect(listening(undefined, address)).rejects.toThrow(`Cannot listen on ${address}`);
  });

  it('has windows that a batch of calls fits into', async () => {
    const { address } = await listening();
    const opened = await session(address);
    expect(opened.remoteSettings.initialWindowSize).toBe(FLOW_CONTROL_WINDOW);
    await new Promise((resolve, reject) => opened.ping((error) => (error ? reject(error) : resolve(undefined))));
    expect(opened.state.remoteWindowSize).toBe(FLOW_CONTROL_WINDOW);
  });

  it('takes very many pings', async () => {
    const { address } = await listening();
    const opened = await session(address);
    let goaway: number | undefined;
    opened.on('goaway', (code) => (goaway = code));
    for (let i = 0; i < 200; i++) {
      await new Promise((resolve, reject) => opened.ping((error) => (error ? reject(error) : resolve(undefined))));
    }
    expect(goaway).toBeUndefined();
    expect(opened.closed).toBe(false);
  });

  it('carries an error with a text of any language to a gRPC client', async () => {
    const thrown = new GoverseError({
      reason: 'ROOM_FULL',
      code: 'ABORTED',
      message: 'Ünï 对象 🎮 50% "\n',
      details: { a: 'ü' },
      retryable: true,
    });
    const { address } = await listening((_call, callback) => callback(grpcStatusOf(thrown)));
    const error = (await caller(address)({})) as GoverseError;
    expect(error.toWire()).toEqual(thrown.toWire());
  });

  it('carries the longest errors there are', async () => {
    const thrown = goverseError('METHOD_FAILED', '对\ud800'.repeat(100_000), { details: { text: 'ü'.repeat(1400) } });
    const { address } = await listening((_call, callback) => callback(grpcStatusOf(thrown)));
    const error = (await caller(address)({})) as GoverseError;
    expect(error.reason).toBe('METHOD_FAILED');
    expect(error.details).toEqual(thrown.details);
  });

  it('refuses what is far too large before it is buffered, and serves on', async () => {
    const { address } = await listening();
    const call = caller(address);
    const tooLarge = await call({ id: 'x'.repeat(MAX_PAYLOAD + MESSAGE_OVERHEAD_BYTES + 1) });
    expect(tooLarge).toMatchObject({ reason: 'PAYLOAD_TOO_LARGE', code: 'RESOURCE_EXHAUSTED' });
    expect(await call({ id: 'x'.repeat(MAX_PAYLOAD + MESSAGE_OVERHEAD_BYTES - 100) })).not.toBeInstanceOf(Error);
  });

  it('finishes running calls when it closes', async () => {
    const running: sendUnaryData<unknown>[] = [];
    const listener = await listening((_call, callback) => running.push(callback));
    const reply = caller(listener.address)({});
    while (running.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = listener.close(10_000);
    running[0]?.(null, {});
    expect(await reply).not.toBeInstanceOf(Error);
    await closed;
  });

  it('cuts calls that do not end in time', async () => {
    const listener = await listening(() => undefined);
    const reply = caller(listener.address)({});
    await session(listener.address);
    await listener.close(20);
    expect(await reply).toBeInstanceOf(GoverseError);
    await listener.close(20);
  });
});
