import type { Type } from '@nestjs/common';
import type { Proxied } from '../core/index.js';
import { goverseError, inwardError } from '../core/index.js';
import { readObjectMetadata } from '../decorators/index.js';
import type { ObjectMetadata } from '../decorators/index.js';

/** The methods of an object class as a caller sees them: without the `CallContext`, results as promises. */
export type ObjectProxy<T> = Proxied<T>;

/** Sends one call of a proxy; `method` is the wire name. */
export type ProxyCall = (method: string, arg: unknown) => Promise<unknown>;

/** Metadata of a class that callers name; throws `UNKNOWN_TYPE` for one without `@GoverseObject()`. */
export function metadataOf(cls: Type<unknown>): ObjectMetadata {
  const metadata = readObjectMetadata(cls);
  if (metadata) return metadata;
  throw goverseError('UNKNOWN_TYPE', `The class ${cls.name} is no object type; decorate it with @GoverseObject()`);
}

/** The id of the object of class `cls` with this key: `<type>-<key>`. */
export function objectId(cls: Type<unknown>, key: string): string {
  return `${metadataOf(cls).type}-${key}`;
}

/** A proxy whose members are the `@Method`s of `cls`. Every other member rejects `METHOD_NOT_FOUND`; it is not thenable. */
export function createObjectProxy<T extends object>(cls: Type<T>, id: string, call: ProxyCall): ObjectProxy<T> {
  const metadata = metadataOf(cls);
  const wireNames = new Map<string | symbol, string>(
    [...metadata.methods.values()].map((method) => [method.propertyKey, method.name]),
  );
  const members = new Map<string, (arg?: unknown) => Promise<unknown>>();
  const member = (property: string) => {
    const wireName = wireNames.get(property);
    if (wireName !== undefined) return (arg?: unknown) => call(wireName, arg);
    return () =>
      Promise.reject(
        inwardError(
          'METHOD_NOT_FOUND',
          `${cls.name}.${property} of ${id} is no @Method(); callable are: ${[...wireNames.keys()].map(String).join(', ') || 'none'}`,
          `${cls.name} has no method ${JSON.stringify(property)}`,
        ),
      );
  };
  const get = (_target: object, property: string | symbol) => {
    if (typeof property === 'symbol' || property === 'then') return undefined;
    let found = members.get(property);
    if (!found) members.set(property, (found = member(property)));
    return found;
  };
  return new Proxy(Object.freeze(Object.create(null) as object), { get }) as ObjectProxy<T>;
}
