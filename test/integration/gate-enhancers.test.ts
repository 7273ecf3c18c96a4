import { Catch, ForbiddenException, Inject, Injectable, Scope, UseGuards, ValidationPipe } from '@nestjs/common';
import type {
  ArgumentsHost,
  CallHandler,
  CanActivate,
  ExceptionFilter,
  ExecutionContext,
  NestInterceptor,
  PipeTransform,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, REQUEST, Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { status } from '@grpc/grpc-js';
import { map, of, throwError } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { GoverseError, goverseError } from '../../src/core/index.js';
import { GATE_HANDLER } from '../../src/gate/index.js';
import type { TestGate, TestGateOptions } from './gate-fixture.js';
import { argumentOf, json, refusal, startTestGate } from './gate-fixture.js';

let gate: TestGate;
const start = async (options?: TestGateOptions) => (gate = await startTestGate(options));
afterEach(() => gate.close());

const echo: TestGateOptions = { answer: (call) => json(call, argumentOf(call)) };
const post = (headers: Record<string, string> = {}) =>
  fetch(`${gate.http}/v1/objects/Echo-1/Say`, {
    method: 'POST',
    body: '{"a":1}',
    headers: { 'content-type': 'application/json', ...headers },
  });

@Injectable()
class PassGuard implements CanActivate {
  seen: [string, string, unknown][] = [];

  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const type = context.getType();
    const pass =
      type === 'rpc'
        ? context.switchToRpc().getContext<{ get(key: string): unknown[] }>().get('pass')[0]
        : context.switchToHttp().getRequest<FastifyRequest>().headers['pass'];
    this.seen.push([type, context.getHandler().name, this.reflector.get(GATE_HANDLER, context.getHandler())]);
    return pass === 'yes';
  }
}

describe('a global guard', () => {
  it('decides on every face, and knows what it decides on', async () => {
    await start({ ...echo, providers: [PassGuard, { provide: APP_GUARD, useExisting: PassGuard }] });
    const client = gate.client();
    expect(await refusal(client.call('Echo-1', 'Say', 1))).toMatchObject({
      code: status.PERMISSION_DENIED,
      reason: 'ACCESS_DENIED',
    });
    expect(await client.call('Echo-1', 'Say', 1, {}, { pass: 'yes' })).toBe(1);
    const registered = client.register();
    expect((await registered.status).code).toBe(status.PERMISSION_DENIED);
    expect((await client.register({ pass: 'yes' }).first()).clientId).toEqual(expect.any(String));
    expect((await post()).status).toBe(403);
    expect((await post({ pass: 'yes' })).status).toBe(200);
    expect((await fetch(`${gate.http}/v1/events`)).status).toBe(403);
    expect(gate.app.get(PassGuard).seen).toEqual([
      ['rpc', 'callObject', undefined],
      ['rpc', 'callObject', undefined],
      ['rpc', 'register', undefined],
      ['rpc', 'register', undefined],
      ['http', 'call', 'call'],
      ['http', 'call', 'call'],
      ['http', 'events', 'events'],
    ]);
  });

  it('may come from useGlobalGuards', async () => {
    await start({ ...echo, configure: (app) => app.useGlobalGuards({ canActivate: () => false }) });
    expect((await refusal(gate.client().call('Echo-1', 'Say', 1))).reason).toBe('ACCESS_DENIED');
    expect((await post()).status).toBe(403);
  });

  it('may be request-scoped, with the request injected', async () => {
    const requests: object[] = [];
    @Injectable({ scope: Scope.REQUEST })
    class ScopedGuard implements CanActivate {
      constructor(@Inject(REQUEST) private readonly request: object) {}

      canActivate(): boolean {
        requests.push(this.request);
        return requests.length % 2 === 0;
      }
    }
    await start({ ...echo, providers: [{ provide: APP_GUARD, useClass: ScopedGuard }] });
    const client = gate.client();
    expect((await refusal(client.call('Echo-1', 'Say', 1))).reason).toBe('ACCESS_DENIED');
    expect(await client.call('Echo-1', 'Say', 1)).toBe(1);
    expect((await post()).status).toBe(403);
    expect((await post()).status).toBe(200);
    expect(new Set(requests).size).toBe(4);
    expect(requests[0]).toMatchObject({ data: { objectId: 'Echo-1' } });
    expect((requests[2] as FastifyRequest).url).toBe('/v1/objects/Echo-1/Say');
  });
});

describe('a global interceptor', () => {
  it('that wraps every answer of the application changes nothing for clients and breaks no stream', async () => {
    class Envelope implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler) {
        return next.handle().pipe(map((data: unknown) => ({ data })));
      }
    }
    await start({ ...echo, providers: [{ provide: APP_INTERCEPTOR, useClass: Envelope }] });
    const client = gate.client();
    expect(await client.call('Echo-1', 'Say', { a: 1 })).toEqual({ a: 1 });
    expect(await (await post()).json()).toEqual({ a: 1 });
    const registered = client.register();
    const { clientId } = await registered.first();
    gate.cluster.push([clientId], 'X', 1);
    expect(await registered.push()).toEqual({ type: 'X', data: 1 });
  });

  it('may change a message into another valid one, or refuse', async () => {
    let refuse = false;
    class Masking implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler) {
        if (refuse) return throwError(() => new ForbiddenException('not now'));
        return next
          .handle()
          .pipe(map((value: object) => ('payload' in value ? { payload: Buffer.from('"masked"') } : value)));
      }
    }
    await start({ ...echo, providers: [{ provide: APP_INTERCEPTOR, useClass: Masking }] });
    expect(await gate.client().call('Echo-1', 'Say', 1)).toBe('masked');
    refuse = true;
    expect(await refusal(gate.client().call('Echo-1', 'Say', 1))).toMatchObject({
      reason: 'ACCESS_DENIED',
      message: 'not now',
    });
  });
});

describe('an interceptor that fails behind an open stream', () => {
  it('ends the stream with one status and leaves no client behind', async () => {
    class Late implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler) {
        return next.handle().pipe(
          map(() => {
            throw new ForbiddenException('too late');
          }),
        );
      }
    }
    await start({ ...echo, providers: [{ provide: APP_INTERCEPTOR, useClass: Late }] });
    const { code, metadata } = await gate.client().register().status;
    expect([code, metadata.get('goverse-reason')[0]]).toEqual([status.PERMISSION_DENIED, 'ACCESS_DENIED']);
    const response = await fetch(`${gate.http}/v1/events`);
    expect(await response.text()).toContain('event: register');
    await gate.runtime.edge.registry.whenEmpty();
  });
});

describe('a global pipe', () => {
  it('sees the message or the body', async () => {
    const seen: unknown[] = [];
    class Watching implements PipeTransform {
      transform(value: unknown): unknown {
        seen.push(value);
        return value;
      }
    }
    await start({ ...echo, providers: [{ provide: APP_PIPE, useClass: Watching }] });
    await gate.client().call('Echo-1', 'Say', 1);
    expect(seen).toContainEqual(expect.objectContaining({ objectId: 'Echo-1', method: 'Say' }));
    seen.length = 0;
    expect((await post()).status).toBe(200);
    expect(seen).toContainEqual(Buffer.from('{"a":1}'));
  });

  it('that validates and whitelists lets opaque payloads through', async () => {
    await start({
      ...echo,
      configure: (app) =>
        app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true })),
    });
    expect(await gate.client().call('Echo-1', 'Say', { a: 1 })).toEqual({ a: 1 });
    expect((await gate.client().register().first()).resumed).toBe(false);
    expect(await (await post()).json()).toEqual({ a: 1 });
  });
});

describe('a global filter', () => {
  const failing: TestGateOptions = { answer: () => Promise.reject(goverseError('UNKNOWN_TYPE', 'no such type')) };

  it('may put another error in the place of one', async () => {
    @Catch(GoverseError)
    class Renaming implements ExceptionFilter {
      catch(error: GoverseError, host: ArgumentsHost) {
        const other = new GoverseError({ reason: 'RENAMED', code: 'NOT_FOUND', message: `was ${error.reason}` });
        if (host.getType() === 'http') throw other;
        return throwError(() => other);
      }
    }
    await start({ ...failing, providers: [{ provide: APP_FILTER, useClass: Renaming }] });
    expect(await refusal(gate.client().call('Echo-1', 'Say', 1))).toMatchObject({
      code: status.NOT_FOUND,
      reason: 'RENAMED',
      message: 'was UNKNOWN_TYPE',
    });
    expect(await (await post()).json()).toMatchObject({ status: 404, reason: 'RENAMED' });
  });

  it('may answer over HTTP itself', async () => {
    @Catch()
    class Answering implements ExceptionFilter {
      catch(_error: unknown, host: ArgumentsHost) {
        void host.switchToHttp().getResponse<FastifyReply>().code(418).send({ mine: true });
      }
    }
    await start({ ...failing, providers: [{ provide: APP_FILTER, useClass: Answering }] });
    const response = await post();
    expect([response.status, await response.json()]).toEqual([418, { mine: true }]);
  });

  it.each([
    ['nothing', () => undefined],
    ['something that is no answer', () => of({ status: 'error' })],
    ['an error of its own making', () => throwError(() => new TypeError('in the filter'))],
  ])('that gives %s never makes a failed call look like a success', async (_what, handle) => {
    @Catch()
    class Swallowing implements ExceptionFilter {
      catch() {
        return handle();
      }
    }
    await start({ ...failing, providers: [{ provide: APP_FILTER, useClass: Swallowing }] });
    expect((await refusal(gate.client().call('Echo-1', 'Say', 1))).reason).toMatch(/^(UNKNOWN_TYPE|METHOD_FAILED)$/);
    expect((await post()).status).toBeGreaterThanOrEqual(400);
    const registered = gate.client().register();
    await registered.first();
  });
});

it('keeps enhancers of other controllers to themselves', async () => {
  @UseGuards({ canActivate: () => false })
  class Elsewhere {}
  await start({ ...echo, providers: [Elsewhere] });
  expect(await gate.client().call('Echo-1', 'Say', 1)).toBe(1);
});
