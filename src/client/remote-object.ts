import type { CallContext } from '../core/call-context.js';

/** Members of an object class that the framework calls, not clients. */
type Hook = 'onActivate' | 'onDeactivate';

type RemoteParameters<A extends readonly unknown[]> = A extends readonly [] | readonly [CallContext]
  ? []
  : A extends readonly [infer X, ...unknown[]]
    ? undefined extends X
      ? [arg?: X]
      : [arg: X]
    : A extends readonly [(infer X)?, ...unknown[]]
      ? [arg?: X]
      : [];

/**
 * The methods of an object as a client calls them: without the `CallContext`, results as promises. Results arrive as
 * JSON: a `Date` is an ISO string.
 */
export type RemoteObject<T> = {
  // `any` is what a constraint on arbitrary methods needs: parameters are contravariant.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly [K in keyof T as T[K] extends (...args: any[]) => unknown ? Exclude<K, Hook> : never]: T[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: RemoteParameters<A>) => Promise<Awaited<R>>
    : never;
};

/** Wire names of methods whose `@Method('Name')` is not the name of the property. */
export type MethodNames<T> = { readonly [K in keyof RemoteObject<T>]?: string };

/** A proxy whose every member calls the method of that name, or of the wire name given for it. It is not thenable. */
export function createRemoteObject<T>(
  call: (method: string, arg: unknown) => Promise<unknown>,
  names: MethodNames<T> = {},
): RemoteObject<T> {
  const get = (_target: object, property: string | symbol) => {
    if (typeof property === 'symbol' || property === 'then') return undefined;
    const known = Object.hasOwn(names, property) ? names[property as keyof MethodNames<T>] : undefined;
    return (arg?: unknown) => call(known ?? property, arg);
  };
  return new Proxy(Object.freeze(Object.create(null) as object), { get }) as RemoteObject<T>;
}
