import type { CallContext } from './call-context.js';

type ProxiedParameters<A extends readonly unknown[]> = A extends readonly [] | readonly [CallContext]
  ? []
  : A extends readonly [infer X, ...unknown[]]
    ? undefined extends X
      ? [arg?: X]
      : [arg: X]
    : A extends readonly [(infer X)?, ...unknown[]]
      ? [arg?: X]
      : [];

/** The methods of an object class as callers see them: without the `CallContext`, results as promises. */
export type Proxied<T, Hidden extends PropertyKey = never> = {
  // `any` is what a constraint on arbitrary methods needs: parameters are contravariant.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly [K in keyof T as T[K] extends (...args: any[]) => unknown ? Exclude<K, Hidden> : never]: T[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: ProxiedParameters<A>) => Promise<Awaited<R>>
    : never;
};
