import type { Proxied } from '../core/proxied.js';

/** Members of an object class that the framework calls, not clients. */
type Hook = 'onActivate' | 'onDeactivate';

/**
 * The methods of an object as a client calls them: without the `CallContext`, results as promises. Results arrive as
 * JSON: a `Date` is an ISO string.
 */
export type RemoteObject<T> = Proxied<T, Hook>;

/** Wire names of methods whose `@Method('Name')` is not the name of the property. */
export type MethodNames<T> = { readonly [K in keyof RemoteObject<T>]?: string };

/** A proxy whose every member makes a call. It is not thenable. */
export function createRemoteObject<T>(
  call: (property: string, wireName: string | undefined, arg: unknown) => Promise<unknown>,
  names: MethodNames<T> = {},
): RemoteObject<T> {
  const get = (_target: object, property: string | symbol) => {
    if (typeof property === 'symbol' || property === 'then') return undefined;
    const wireName = Object.hasOwn(names, property) ? names[property as keyof MethodNames<T>] : undefined;
    return (arg?: unknown) => call(property, wireName, arg);
  };
  return new Proxy(Object.freeze(Object.create(null) as object), { get }) as RemoteObject<T>;
}
