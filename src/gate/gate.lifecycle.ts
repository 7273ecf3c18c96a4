import { Inject, Injectable, Optional } from '@nestjs/common';
import { HttpAdapterHost, ModuleRef } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { GateConfig, GoverseGateOptions, JwtOptions, ProcessSettings } from '../config/index.js';
import { goverseError } from '../core/index.js';
import { CallEntrance } from '../routing/index.js';
import { findAuthenticator } from './find-authenticator.js';
import { GATE_CONFIG, GATE_SETTINGS } from './gate-options.js';
import { JwtAuthenticator } from './jwt-authenticator.js';
import type { HttpMount } from './gate-runtime.js';
import { GateRuntime } from './gate-runtime.js';
import { HandlerBinder } from './handler-binder.js';

/** Makes the gate a part of its application. */
@Injectable()
export class GateLifecycle {
  constructor(
    private readonly runtime: GateRuntime,
    private readonly binder: HandlerBinder,
    private readonly adapterHost: HttpAdapterHost,
    private readonly moduleRef: ModuleRef,
    entrance: CallEntrance,
    @Inject(GATE_CONFIG) private readonly config: GateConfig,
    @Optional() @Inject(GATE_SETTINGS) private readonly processSettings?: ProcessSettings<GoverseGateOptions>,
  ) {
    entrance.bind('gate', {
      port: runtime.callPort(),
      // Global guards, pipes, interceptors and filters are known by then.
      start: () => this.start(),
      stop: () => runtime.stop(),
    });
  }

  /** Every provider of the application is there by now. */
  private async start(): Promise<void> {
    const { authenticator, jwt } = this.config;
    const { authentication } = this.runtime.edge;
    if (authenticator !== undefined) authentication.use(await findAuthenticator(authenticator, this.moduleRef));
    if (jwt) authentication.use(new JwtAuthenticator(jwt as JwtOptions));
    await this.runtime.start(this.binder, this.mount());
  }

  private mount(): HttpMount | undefined {
    if (this.config.httpListen === false) return undefined;
    if (this.processSettings) return { app: this.fastify(), unknownPaths: 'v1' };
    return this.config.httpListen === 'app' ? { app: this.fastify(), unknownPaths: 'none' } : undefined;
  }

  private fastify(): FastifyInstance {
    const adapter = this.adapterHost.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (adapter?.getType() === 'fastify') return adapter.getInstance<FastifyInstance>();
    throw goverseError(
      'INVALID_ARGUMENT',
      "httpListen 'app' mounts the gate into an application on Fastify; create it with NestFactory.create(AppModule, new FastifyAdapter()), " +
        "or give httpListen an address of its own, e.g. '127.0.0.1:8080'",
    );
  }
}
