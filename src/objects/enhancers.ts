import type { CanActivate, NestInterceptor, PipeTransform } from '@nestjs/common';
import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
  type ExceptionFilterMetadata,
} from '@nestjs/common/internal';
import type { ApplicationConfig, ContextId, ModulesContainer } from '@nestjs/core';
import { ExternalExceptionFilterContext } from '@nestjs/core/exceptions/external-exception-filter-context.js';
import {
  GuardsContextCreator,
  Injector,
  InterceptorsContextCreator,
  PipesContextCreator,
  STATIC_CONTEXT,
  type InstanceWrapper,
} from '@nestjs/core/internal';
import type { UserMethod } from './method-invoker.js';
import type { ObjectClass } from './object-explorer.js';

/** The enhancers of one method, instantiated: global ones first, then those of the class, then its own. */
export interface Enhancers {
  readonly guards: readonly CanActivate[];
  readonly pipes: readonly PipeTransform[];
  readonly interceptors: readonly NestInterceptor[];
  /** The first that catches an error handles it. */
  readonly filters: readonly ExceptionFilterMetadata[];
}

const ENHANCER_KEYS = [GUARDS_METADATA, PIPES_METADATA, INTERCEPTORS_METADATA, EXCEPTION_FILTERS_METADATA];

class FilterCollector extends ExternalExceptionFilterContext {
  collect(
    host: object,
    method: never,
    module: string,
    contextId: ContextId,
    inquirerId?: string,
  ): ExceptionFilterMetadata[] {
    this.moduleContext = module;
    type Filters = ExceptionFilterMetadata[];
    return this.createContext<unknown[], Filters>(
      host,
      method,
      EXCEPTION_FILTERS_METADATA,
      contextId,
      inquirerId,
    ).toReversed();
  }
}

/**
 * Finds the enhancers of objects' methods with the parts Nest's own context creators are made of. Those creators bind
 * one instance for good; here the instance comes with each call.
 */
export class EnhancerFinder {
  private readonly guards: GuardsContextCreator;
  private readonly pipes: PipesContextCreator;
  private readonly interceptors: InterceptorsContextCreator;
  private readonly filters: FilterCollector;
  private readonly injector = new Injector();
  private readonly globals: ApplicationConfig | undefined;

  /** @param scope `local` leaves global enhancers out */
  constructor(modules: ModulesContainer, config: ApplicationConfig, scope: 'all' | 'local') {
    // The creators ask their container for nothing else.
    const container = { getModules: () => modules } as ConstructorParameters<typeof GuardsContextCreator>[0];
    this.globals = scope === 'all' ? config : undefined;
    this.guards = new GuardsContextCreator(container, this.globals);
    this.pipes = new PipesContextCreator(container, this.globals);
    this.interceptors = new InterceptorsContextCreator(container, this.globals);
    this.filters = new FilterCollector(container, this.globals);
  }

  /** The providers behind the enhancers of a method that are not plain singletons. */
  scopedProviders(object: ObjectClass, method: UserMethod): InstanceWrapper[] {
    const { cls } = object.metadata;
    const bound = ENHANCER_KEYS.flatMap((key) =>
      [cls, method].flatMap((target) => (Reflect.getMetadata(key, target) ?? []) as unknown[]),
    );
    const own = bound.flatMap((enhancer) => object.module.injectables.get(enhancer as never) ?? []);
    return [...new Set([...own, ...this.globalProviders()])].filter(
      (provider) => provider.isTransient || !provider.isDependencyTreeStatic(),
    );
  }

  /** Instantiates enhancers for a context: a call, or `STATIC_CONTEXT` for transient ones, made once per class. */
  async load(
    object: ObjectClass,
    providers: readonly InstanceWrapper[],
    contextId: ContextId = STATIC_CONTEXT,
  ): Promise<void> {
    await Promise.all(
      providers.map(async (provider) => {
        if (provider.host) await this.injector.loadInjectable(provider, provider.host, contextId, object.provider);
      }),
    );
  }

  /** The enhancers of a method; with `forObject` those made for this class or call too. */
  find(object: ObjectClass, method: UserMethod, forObject: boolean, contextId: ContextId = STATIC_CONTEXT): Enhancers {
    // The creators read class and method metadata from an instance; none of the user's is there yet.
    const host = Object.create(object.metadata.cls.prototype as object) as object;
    const where = [
      host,
      method as never,
      object.module.token,
      contextId,
      forObject ? object.provider.id : undefined,
    ] as const;
    return {
      guards: this.guards.create(...where),
      pipes: this.pipes.create(...where),
      interceptors: this.interceptors.create(...where),
      filters: this.filters.collect(...where),
    };
  }

  private globalProviders(): InstanceWrapper[] {
    const { globals } = this;
    if (globals === undefined) return [];
    return [
      ...globals.getGlobalRequestGuards(),
      ...globals.getGlobalRequestPipes(),
      ...globals.getGlobalRequestInterceptors(),
      ...globals.getGlobalRequestFilters(),
    ];
  }
}
