import { ForbiddenException, type ExceptionFilter } from '@nestjs/common';
import { selectExceptionFilterMetadata } from '@nestjs/common/internal';
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import {
  ExecutionContextHost,
  FORBIDDEN_MESSAGE,
  GuardsConsumer,
  InterceptorsConsumer,
  PipesConsumer,
} from '@nestjs/core/internal';
import { isObservable, lastValueFrom } from 'rxjs';
import type { CallContext } from '../core/index.js';
import type { MethodMetadata } from '../decorators/index.js';
import type { EnhancerFinder, Enhancers } from './enhancers.js';
import { GOVERSE_CONTEXT } from './goverse-execution-context.js';
import type { MethodInvoker, UserMethod } from './method-invoker.js';
import type { ObjectClass } from './object-explorer.js';

/** Gives the enhancers of one call; the same ones every time unless some are request-scoped. */
type EnhancerSource = (context: CallContext) => Enhancers | Promise<Enhancers>;

/** Calls a method behind its guards, interceptors, pipes and filters, in this order, as Nest does for controllers. */
export class EnhancedInvoker implements MethodInvoker {
  readonly enhanced = true;
  private readonly guards = new GuardsConsumer();
  private readonly interceptors = new InterceptorsConsumer();
  private readonly pipes = new PipesConsumer();

  constructor(
    readonly handler: UserMethod,
    private readonly method: MethodMetadata,
    private readonly enhancersOf: EnhancerSource,
  ) {}

  async invoke(instance: object, argument: unknown, context: CallContext): Promise<unknown> {
    const enhancers = await this.enhancersOf(context);
    const args = [argument, context];
    try {
      return await this.run(enhancers, instance, args);
    } catch (error) {
      return this.handle(enhancers, error, instance, args);
    }
  }

  private async run({ guards, interceptors, pipes }: Enhancers, instance: object, args: unknown[]): Promise<unknown> {
    const handler = this.handler as (...args: unknown[]) => unknown;
    if (!(await this.guards.tryActivate([...guards], args, instance, handler, GOVERSE_CONTEXT))) {
      throw new ForbiddenException(FORBIDDEN_MESSAGE);
    }
    const next = async (): Promise<unknown> => {
      const argument = await this.pipe(pipes, args[0]);
      return this.method.contextIndex === 0
        ? handler.call(instance, args[1])
        : handler.call(instance, argument, args[1]);
    };
    return lastOf(await this.interceptors.intercept([...interceptors], args, instance, handler, next, GOVERSE_CONTEXT));
  }

  private pipe(pipes: Enhancers['pipes'], argument: unknown): unknown {
    if (pipes.length === 0 || !this.method.takesArgument) return argument;
    const { argumentType: metatype } = this.method;
    return this.pipes.applyPipes(argument, { type: 'body', metatype, data: undefined }, [...pipes]);
  }

  private async handle({ filters }: Enhancers, error: unknown, instance: object, args: unknown[]): Promise<unknown> {
    const filter = selectExceptionFilterMetadata([...filters], error);
    if (!filter) throw error;
    const host = new ExecutionContextHost(args, instance.constructor as never, this.handler as never);
    host.setType(GOVERSE_CONTEXT);
    const handled = await lastOf(await (filter.func as ExceptionFilter['catch'])(error, host));
    // As with Nest's own external contexts, a filter that gives nothing has only looked on.
    if (handled === undefined) throw error;
    return handled;
  }
}

/** An invoker for the method, if there is any enhancer for it. */
export async function enhancedInvokerFor(
  finder: EnhancerFinder,
  object: ObjectClass,
  method: MethodMetadata,
  handler: UserMethod,
): Promise<EnhancedInvoker | undefined> {
  const scoped = finder.scopedProviders(object, handler);
  if (scoped.some((provider) => !provider.isDependencyTreeStatic())) {
    const moduleRef = object.module.getProviderByKey<ModuleRef>(ModuleRef).instance;
    return new EnhancedInvoker(handler, method, async (context) => {
      const contextId = ContextIdFactory.create();
      moduleRef.registerRequestByContextId(context, contextId);
      await finder.load(object, scoped, contextId);
      return finder.find(object, handler, true, contextId);
    });
  }
  await finder.load(object, scoped);
  const enhancers = finder.find(object, handler, scoped.length > 0);
  if (Object.values(enhancers).every((list: readonly unknown[]) => list.length === 0)) return undefined;
  return new EnhancedInvoker(handler, method, () => enhancers);
}

async function lastOf(value: unknown): Promise<unknown> {
  return isObservable(value) ? lastValueFrom(value, { defaultValue: undefined }) : value;
}
