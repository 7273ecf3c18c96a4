import { Injectable } from '@nestjs/common';
import type { ArgumentsHost, Type } from '@nestjs/common';
import { ContextIdFactory, ExternalContextCreator, ModuleRef, ModulesContainer } from '@nestjs/core';
import type { ContextId } from '@nestjs/core';
import type { ParamsFactory } from '@nestjs/core/helpers/external-context-creator.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { isObservable, lastValueFrom } from 'rxjs';

/** How handlers of one protocol look to the application's guards, interceptors, pipes and filters. */
export interface HandlerProtocol {
  /** `ExecutionContext.getType()`. */
  readonly contextType: 'rpc' | 'http' | 'ws';
  /** The parameters of every handler, in the form Nest's own parameter decorators write. */
  readonly parameters: Readonly<Record<string, { index: number; data: unknown; pipes: unknown[] }>>;
  /** Fills those parameters from the arguments. */
  readonly params: ParamsFactory;
  /** What request-scoped providers get as `REQUEST`. */
  request(args: unknown[]): object;
  /** What stands for one request: the last parameter of every handler. */
  key(args: unknown[]): object;
}

type BarePipeline = Pipeline & { readonly bare: NonNullable<Pipeline['bare']> };

const PARAMETERS = 'goverse:handler-parameters';

/** Where Nest finds what stands around a handler. */
const ENHANCERS = ['guardsContextCreator', 'interceptorsContextCreator', 'pipesContextCreator'] as const;

/** A controller method with the application's enhancers around it. Rejects with what the method or an enhancer threw. */
export interface EnhancedHandler<T> {
  (...args: unknown[]): Promise<T>;
  /** Nothing of the application comes before the method: who knows a shorter way to what it does may take it. */
  readonly shortcut?: Shortcut<T>;
}

/** What remains to be observed on a shorter way. */
export interface Shortcut<T> {
  /** Whose method it is. */
  readonly controller: object;
  /** Asks the application's filters for an answer in place of an error; rejects if there is none. */
  recover(error: unknown, args: unknown[]): Promise<T>;
}

type Method = (...args: unknown[]) => unknown;
type Filters = (error: unknown, host: ArgumentsHost) => unknown;

/** One way through the enhancers, for one instance of a controller. */
interface Pipeline {
  readonly run: (...args: unknown[]) => Promise<unknown>;
  readonly filters: Filters;
  /** There are neither guards nor interceptors nor pipes: the method as it is. */
  readonly bare: ((args: unknown[]) => Promise<unknown>) | undefined;
  readonly instance: object;
}

/**
 * Puts the global enhancers of a Nest application (`APP_GUARD`, `useGlobalInterceptors`, ...) around handlers that Nest
 * itself does not route: the gate writes its own streams and statuses, yet nobody gets around a guard.
 *
 * The answer of a method is kept beside the pipeline: an interceptor that wraps every answer of the application, or a
 * filter that swallows an error, changes neither the shape nor the status of what a client gets.
 */
@Injectable()
export class HandlerBinder {
  constructor(
    private readonly creator: ExternalContextCreator,
    private readonly modules: ModulesContainer,
    private readonly moduleRef: ModuleRef,
  ) {}

  /**
   * @param accepts true for a value that may be sent in place of the method's own answer (an interceptor may change it)
   */
  bind<T>(
    controller: Type<object>,
    methodName: string,
    protocol: HandlerProtocol,
    accepts: (value: unknown) => value is T,
  ): EnhancedHandler<T> {
    const answers = new WeakMap<object, T>();
    const method = keepingAnswers(controller, methodName, answers);
    const pipelineFor = this.pipelines(controller, methodName, method, protocol);
    if (typeof pipelineFor !== 'function') return unhindered(pipelineFor, protocol, accepts);
    return async (...args) => {
      const pipeline = await pipelineFor(args);
      let value: unknown;
      try {
        value = await pipeline.run(...args);
      } catch (error) {
        const instead = await filtered(pipeline.filters, error, args, protocol.contextType);
        if (accepts(instead)) return instead;
        throw error;
      }
      if (accepts(value)) return value;
      const own = answers.get(protocol.key(args));
      if (own !== undefined) return own;
      throw new TypeError(
        `An interceptor answered ${controller.name}.${methodName} with something that cannot be sent`,
      );
    };
  }

  /** One pipeline for ever (as it is, if nothing stands in it), or one per request when an enhancer is request-scoped. */
  private pipelines(
    controller: Type<object>,
    methodName: string,
    method: Method,
    protocol: HandlerProtocol,
  ): BarePipeline | ((args: unknown[]) => Pipeline | Promise<Pipeline>) {
    Reflect.defineMetadata(PARAMETERS, protocol.parameters, controller, methodName);
    const wrapper = [...this.modules.values()]
      .map((module) => module.controllers.get(controller))
      .find((found) => found !== undefined);
    if (!wrapper) throw new Error(`${controller.name} is no controller of this application`);
    if (wrapper.isDependencyTreeStatic()) {
      const pipeline = this.pipeline(wrapper.instance, methodName, method, protocol);
      return isBare(pipeline) ? pipeline : () => pipeline;
    }
    return async (args) => {
      const request = protocol.request(args);
      const contextId = ContextIdFactory.getByRequest(request);
      this.creator.registerRequestProvider(request, contextId);
      const instance = await this.moduleRef.resolve(controller, contextId, { strict: false });
      return this.pipeline(instance, methodName, method, protocol, contextId, wrapper.id);
    };
  }

  private pipeline(
    instance: object,
    methodName: string,
    method: Method,
    protocol: HandlerProtocol,
    contextId?: ContextId,
    inquirerId?: string,
  ): Pipeline {
    const { contextType, params } = protocol;
    // Nest's own filter step logs every error nobody filters, which is each refusal of a client: filters run below.
    const options = { guards: true, interceptors: true, filters: false };
    const run = this.creator.create(
      instance,
      method,
      methodName,
      PARAMETERS,
      params,
      contextId,
      inquirerId,
      options,
      contextType,
    );
    const handler = this.creator['filtersContextCreator'].create(instance, method, '', contextId, inquirerId);
    const filters: Filters = (error, host) => handler.invokeCustomFilters(error, host);
    const hindered = ENHANCERS.some(
      (kind) => this.creator[kind].create(instance, method, '', contextId, inquirerId).length > 0,
    );
    return { run, filters, instance, bare: hindered ? undefined : bareHandler(instance, methodName, protocol) };
  }
}

function isBare(pipeline: Pipeline): pipeline is BarePipeline {
  return pipeline.bare !== undefined;
}

/** Most applications have no enhancers around calls: then Nest's pipeline would be a dozen promises for nothing. */
function unhindered<T>(
  { bare, filters, instance }: BarePipeline,
  { contextType }: HandlerProtocol,
  accepts: (value: unknown) => value is T,
): EnhancedHandler<T> {
  const recover = async (error: unknown, args: unknown[]): Promise<T> => {
    const instead = await filtered(filters, error, args, contextType);
    if (accepts(instead)) return instead;
    throw error;
  };
  const handler = (...args: unknown[]) => bare(args).catch((error: unknown) => recover(error, args)) as Promise<T>;
  return Object.assign(handler, { shortcut: { controller: instance, recover } });
}

/** The method with its parameters as Nest would fill them. */
function bareHandler(
  instance: object,
  methodName: string,
  { parameters, params }: HandlerProtocol,
): (args: unknown[]) => Promise<unknown> {
  const method = (instance as Record<string, (...values: unknown[]) => Promise<unknown>>)[methodName] as Method;
  const types = Object.entries(parameters)
    .sort(([, one], [, other]) => one.index - other.index)
    .map(([key]) => Number(key.slice(0, key.indexOf(':'))));
  return async (args) =>
    method.apply(
      instance,
      types.map((type) => params.exchangeKeyForValue(type, '', args) as unknown),
    );
}

/** The controller's method, which also notes what it answered. */
function keepingAnswers<T>(controller: Type<object>, methodName: string, answers: WeakMap<object, T>): Method {
  const original = (controller.prototype as Record<string, Method>)[methodName];
  if (!original) throw new Error(`${controller.name} has no method ${methodName}`);
  const { [methodName]: method } = {
    async [methodName](this: unknown, ...args: unknown[]) {
      const answer = (await original.apply(this, args)) as T;
      answers.set(args[args.length - 1] as object, answer);
      return answer;
    },
  };
  for (const key of Reflect.getMetadataKeys(original) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, original), method as Method);
  }
  return method as Method;
}

/** What the application's filters make of an error; an error of theirs takes its place. */
async function filtered(filters: Filters, error: unknown, args: unknown[], contextType: string): Promise<unknown> {
  const host = new ExecutionContextHost(args);
  host.setType(contextType);
  const handled: unknown = await filters(error, host);
  return isObservable(handled) ? lastValueFrom(handled, { defaultValue: undefined }) : handled;
}
