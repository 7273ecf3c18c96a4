import type { FastifyInstance } from 'fastify';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { GateConfig, GoverseGateOptions, ProcessSettings, StartInput } from '../config/index.js';
import { readStartSettings, SETTINGS } from '../config/index.js';
import { stopOnSignals, systemClock } from '../core/index.js';
import { packageVersion } from '../rpc/index.js';
import { clientTlsOf } from './client-tls.js';
import { GATE_CONFIG, GATE_SETTINGS } from './gate-options.js';
import { GateRuntime } from './gate-runtime.js';
import { HttpConnections } from './http/http-connections.js';
import { FASTIFY_OPTIONS } from './http/fastify-options.js';
import { limitHttp } from './http/http-limits.js';
import { boundAddress, hostAndPort } from './http/http-server.js';

/** How long open HTTP connections of a stopped gate may linger. */
const CLOSE_GRACE_MS = 2_000;

export interface StartGateOptions extends StartInput {
  /** Called before the application is initialised: `app.useGlobalGuards(...)` and the like. */
  readonly configure?: (app: NestFastifyApplication) => Promise<void> | void;
  /** SIGTERM and SIGINT stop the gate and end the process. Default: true; false leaves signals to the caller. */
  readonly handleSignals?: boolean;
}

/** A gate that is registered with every live node. */
export interface StartedGate {
  readonly app: NestFastifyApplication;
  /** Advertised address of the gRPC face. */
  readonly address: string;
  /** Of the HTTP server; undefined when `httpListen` is false. */
  readonly httpAddress: string | undefined;
  /** `host:port` of the embedded etcd, if this process runs one: other processes join there. */
  readonly embeddedEtcd: string | undefined;
  /** Drains and ends. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Starts a gate process around a module that imports `GoverseGateModule`: gRPC and one Fastify server, which serves the
 * gate's routes and the module's own controllers. Flags, environment and `goverse.yaml` are stronger than the module's
 * options. Resolves when the gate is ready and has printed its `ready` line; SIGTERM and SIGINT drain it and exit with 0,
 * a second one ends it at once. Rejects with `INVALID_ARGUMENT` for settings that are not usable.
 */
export async function startGate(
  module: Type<unknown> | DynamicModule,
  options: StartGateOptions = {},
): Promise<StartedGate> {
  const app = await createApp(module, readStartSettings('gate', packageVersion(), options));
  const runtime = app.get(GateRuntime);
  const connections = new HttpConnections(app.getHttpAdapter().getInstance() as FastifyInstance);
  const stop = stopOnce(app, runtime, connections);
  const removeSignals = options.handleSignals === false ? () => {} : stopOnSignals(stop);
  try {
    await options.configure?.(app);
    await app.init();
    const config = app.get<GateConfig>(GATE_CONFIG);
    const tls = clientTlsOf(config);
    if (tls) connections.secure(tls);
    connections.limit(runtime.connectionsPerIp);
    limitHttp(app.getHttpServer(), config);
    const httpAddress = await listenForHttp(app, config);
    await runtime.whenReady();
    printReady(runtime, httpAddress);
    const { address, embeddedEtcd } = runtime;
    return { app, address, httpAddress, embeddedEtcd, stop: () => stop().finally(removeSignals) };
  } catch (error) {
    await stop().finally(removeSignals);
    throw error;
  }
}

async function createApp(
  module: Type<unknown> | DynamicModule,
  settings: ProcessSettings<GoverseGateOptions>,
): Promise<NestFastifyApplication> {
  class GoverseGateProcess {}
  const root: DynamicModule = {
    module: GoverseGateProcess,
    global: true,
    imports: [module],
    providers: [{ provide: GATE_SETTINGS, useValue: settings }],
    exports: [GATE_SETTINGS],
  };
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(FASTIFY_OPTIONS), { abortOnError: false });
}

async function listenForHttp(app: NestFastifyApplication, { httpListen }: GateConfig): Promise<string | undefined> {
  if (httpListen === false) return undefined;
  // The application is the gate's own here, so that 'app' says nothing about the address.
  const listen = httpListen === 'app' ? String(SETTINGS.httpListen.fallback) : httpListen;
  const { host, port } = hostAndPort(listen);
  try {
    await app.listen(port, host);
  } catch (cause) {
    throw new Error(`Cannot listen for HTTP on ${listen}: ${(cause as Error).message}`, { cause });
  }
  return boundAddress(app.getHttpServer(), listen);
}

function stopOnce(
  app: NestFastifyApplication,
  runtime: GateRuntime,
  connections: HttpConnections,
): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    await runtime.stop();
    const timer = systemClock.setTimeout(() => connections.cut(), CLOSE_GRACE_MS);
    connections.end();
    await app.close();
    systemClock.clearTimeout(timer);
  };
  return () => (stopping ??= stop());
}

function printReady(runtime: GateRuntime, httpAddress: string | undefined): void {
  const { address, embeddedEtcd } = runtime;
  const facts = [
    `http=${httpAddress ?? 'off'}`,
    `pid=${process.pid}`,
    ...(embeddedEtcd ? [`etcd=${embeddedEtcd}`] : []),
  ];
  process.stdout.write(`ready gate ${address} ${facts.join(' ')}\n`);
}
