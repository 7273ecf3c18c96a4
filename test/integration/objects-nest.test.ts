import {
  Injectable,
  Module,
  Scope,
  type CanActivate,
  type ExecutionContext,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { APP_GUARD, ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { MessageRegistry, PayloadCodec, systemClock, uniqueId, type ObjectCall } from '../../src/core/index.js';
import { GoverseObject, Method } from '../../src/decorators/index.js';
import { ObjectCatalog, ObjectContext, defineObjects, type ObjectRegistry } from '../../src/objects/index.js';
import {
  GreeterModule,
  ObjectContextModule,
  SharedModule,
  VaultModule,
} from '../support/nest-objects/objects.module.js';
import { Constructions, Greetings } from '../support/nest-objects/greeter.providers.js';
import { Plain, RoleGuard, Trace, Vault } from '../support/nest-objects/guarded.object.js';

interface Options {
  readonly enhancers?: 'all' | 'local';
  readonly configure?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  readonly prepare?: (config: ApplicationConfig) => void;
}

class App {
  private constructor(
    readonly module: TestingModule,
    readonly registry: ObjectRegistry,
    readonly catalog: ObjectCatalog,
  ) {}

  static async start(metadata: ModuleMetadata, options: Options = {}): Promise<App> {
    const builder = Test.createTestingModule({
      ...metadata,
      imports: [ObjectContextModule, SharedModule, ...(metadata.imports ?? [])],
    });
    const module = await (options.configure?.(builder) ?? builder).compile();
    await module.init();
    const config = module.get(ApplicationConfig);
    options.prepare?.(config);
    const messages = MessageRegistry.load([]);
    const codec = new PayloadCodec(messages);
    const modules = module.get(ModulesContainer);
    const registry = await defineObjects({ modules, config, codec, messages, enhancers: options.enhancers ?? 'all' });
    const logger = { error: () => undefined, warn: () => undefined };
    const ownership = {
      assertMayRun: () => undefined,
      tenancyOf: () => ({ node: 'here:1', epoch: undefined, lease: undefined }),
    };
    const passOn = async (): Promise<void> => undefined;
    const catalog = new ObjectCatalog({
      registry,
      ownership,
      codec,
      clock: systemClock,
      shards: 8,
      maxActivations: 1_000,
      logger,
      passOn,
    });
    return new App(module, registry, catalog);
  }

  async call(objectId: string, method: string, argument?: unknown, facts: Partial<ObjectCall> = {}): Promise<unknown> {
    const call: ObjectCall = {
      verb: 'call',
      objectId,
      method,
      payload: { kind: 'value', value: argument },
      callId: uniqueId(),
      chain: [],
      deadline: Date.now() + 5_000,
      isFromClient: false,
      idempotent: false,
      ...facts,
    };
    const { payload } = await this.catalog.execute(call, new AbortController().signal);
    return 'value' in payload ? payload.value : undefined;
  }
}

describe('objects in a Nest application', () => {
  it('are not constructed at start, and per activation get the dependencies of the module that lists them', async () => {
    const app = await App.start({ imports: [GreeterModule] });
    const { counts } = app.module.get(Constructions);
    expect(counts).toEqual({});
    expect(await app.call('Greeter-a', 'Greet', { name: 'ann' })).toBe('hello ann, bye a, undefined, default');
    expect(await app.call('Greeter-b', 'inherited')).toBe('hello of Greeter-b');
    expect(await app.call('Greeter-b', 'later')).toBe(3);
    expect(counts).toEqual({ Greeter: 2 });
    await expect(app.call('Greeter-a', 'Greet', { name: 7 })).rejects.toMatchObject({ reason: 'INVALID_ARGUMENT' });
  });

  it('get request-scoped providers per activation and transient ones per injection, each with the ObjectContext', async () => {
    const app = await App.start({ imports: [GreeterModule] });
    const first = await app.call('Clerk-a', 'describe');
    expect(first).toEqual({
      desk: 1,
      own: expect.any(Number),
      ofDesk: expect.any(Number),
      sameContext: true,
      id: 'Clerk-a',
      greeting: 'hello clerk',
    });
    expect(await app.call('Clerk-a', 'describe')).toEqual(first);
    const second = await app.call('Clerk-b', 'describe');
    expect(second).toMatchObject({ desk: 2, sameContext: true, id: 'Clerk-b' });
    const numbers = [first, second].flatMap((found) =>
      Object.values(found as { own: number; ofDesk: number }).slice(1, 3),
    );
    expect(new Set(numbers)).toHaveLength(4);
  });

  it('are plain `new`s when their dependencies are singletons', async () => {
    const app = await App.start({ imports: [GreeterModule] });
    const context = Object.create(ObjectContext.prototype) as ObjectContext;
    expect(app.registry.get('Greeter').construct({ context })).not.toBeInstanceOf(Promise);
  });

  it('use what a test puts in the place of a provider', async () => {
    const app = await App.start(
      { imports: [GreeterModule] },
      { configure: (builder) => builder.overrideProvider(Greetings).useValue({ greet: () => 'fake' }) },
    );
    expect(await app.call('Greeter-a', 'Greet', { name: 'ann' })).toMatch(/^fake, /);
  });

  it('run behind guards, interceptors, pipes and filters, in this order', async () => {
    const app = await App.start({ imports: [VaultModule] });
    const { lines } = app.module.get(Trace);
    expect(await app.call('Vault-v', 'put', { value: 4 })).toEqual({ wrapped: 'v has 8' });
    expect(lines).toEqual(['guard goverse Vault.put true', 'before Vault-v', 'pipe Amount true', 'method', 'after']);
    expect(await app.call('Vault-w', 'put', { value: 1 })).toEqual({ wrapped: 'w has 2' });
    expect(await app.call('Vault-v', 'put', { value: 100 })).toEqual({ refused: '200', method: 'put' });
    await expect(app.call('Vault-v', 'put', { value: -1 })).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
      message: 'negative',
    });
  });

  it('answer a denied guard with ACCESS_DENIED', async () => {
    const app = await App.start({ imports: [VaultModule] });
    await expect(app.call('Vault-v', 'open')).rejects.toMatchObject({
      reason: 'ACCESS_DENIED',
      code: 'PERMISSION_DENIED',
    });
    expect(await app.call('Vault-v', 'open', undefined, { caller: { userId: 'ann', roles: ['admin'] } })).toBe('open');
  });

  it('make request-scoped enhancers per call, with the call as REQUEST', async () => {
    const app = await App.start({ imports: [VaultModule] });
    expect(await app.call('Vault-v', 'once')).toBe('once');
    expect(await app.call('Vault-v', 'once')).toBe('once');
    expect(app.module.get(Constructions).counts).toEqual({ PerCallGuard: 2 });
  });

  it('are called directly when a method has no enhancers', async () => {
    const app = await App.start({ imports: [VaultModule] });
    const invoker = app.registry.get('Plain').methods.get('echo')?.invoker;
    expect(invoker?.enhanced).toBe(false);
    expect(invoker?.handler).toBe(Reflect.get(Plain.prototype, 'echo'));
    expect(app.registry.get('Vault').methods.get('put')?.invoker.handler).toBe(Reflect.get(Vault.prototype, 'put'));
  });
});

describe('global enhancers', () => {
  @Injectable()
  class ClosedGuard implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      return context.getClass() !== Plain;
    }
  }

  @Injectable({ scope: Scope.REQUEST })
  class ScopedClosedGuard extends ClosedGuard {}

  it.each([ClosedGuard, ScopedClosedGuard])(
    'stand before every method, unless the module asks for local ones: %o',
    async (guard: Type<CanActivate>) => {
      const metadata = { imports: [VaultModule], providers: [{ provide: APP_GUARD, useClass: guard }] };
      const app = await App.start(metadata);
      await expect(app.call('Plain-a', 'echo', 1)).rejects.toMatchObject({ reason: 'ACCESS_DENIED' });
      expect(await app.call('Vault-a', 'put', { value: 1 })).toEqual({ wrapped: 'a has 2' });
      const local = await App.start(metadata, { enhancers: 'local' });
      expect(await local.call('Plain-a', 'echo', 1)).toBe(1);
      expect(local.registry.get('Plain').methods.get('echo')?.invoker.enhanced).toBe(false);
    },
  );

  it('count when the application registers them', async () => {
    const app = await App.start(
      { imports: [VaultModule] },
      { prepare: (config) => config.useGlobalGuards(new ClosedGuard()) },
    );
    await expect(app.call('Plain-a', 'echo', 1)).rejects.toMatchObject({ reason: 'ACCESS_DENIED' });
  });

  it('may be overridden in a test', async () => {
    const app = await App.start(
      { imports: [VaultModule] },
      { configure: (builder) => builder.overrideGuard(RoleGuard).useValue({ canActivate: () => true }) },
    );
    expect(await app.call('Vault-v', 'open')).toBe('open');
  });
});

describe('wrong declarations are refused at start', () => {
  @GoverseObject('Same')
  class One {}

  @GoverseObject('Same')
  class Two {}

  class NoObject {
    @Method()
    join(): void {}
  }

  @Injectable()
  @GoverseObject()
  class Singleton {}

  @GoverseObject()
  class Unregistered {
    @Method({ request: 'chat.Nope' })
    join(): void {}
  }

  @Injectable()
  class User {
    constructor(readonly one: One) {}
  }

  @Module({ providers: [One] })
  class FirstModule {}

  it.each<[string, ModuleMetadata, RegExp]>([
    ['two classes of one type', { providers: [One, Two] }, /Two and One.*Same.*@GoverseObject/],
    [
      '@Method on a class that is no object',
      { providers: [NoObject] },
      /NoObject\.join has @Method.*@GoverseObject\(\)/,
    ],
    ['an object that Nest would construct', { providers: [Singleton] }, /Singleton.*@Injectable/],
    ['an object among the controllers', { controllers: [One] }, /One.*controllers/],
    ['an unknown protobuf message', { providers: [Unregistered] }, /Unregistered\.join.*chat\.Nope.*forRoot/],
    ['an object that is injected', { providers: [One, User] }, /User injects the object class One.*GoverseService/],
    ['a class in two modules', { imports: [FirstModule], providers: [One] }, /One is listed.*FirstModule/],
  ])('%s', async (_, metadata, message) => {
    await expect(App.start(metadata)).rejects.toMatchObject({
      reason: 'INVALID_OBJECT_CLASS',
      message: expect.stringMatching(message),
    });
  });

  it('ObjectContext outside of objects', async () => {
    @Injectable()
    class Outside {
      constructor(readonly context: ObjectContext) {}
    }
    const app = await App.start({ providers: [Outside] });
    await expect(app.module.resolve(Outside)).rejects.toMatchObject({ reason: 'NO_OBJECT_CONTEXT' });
  });
});
