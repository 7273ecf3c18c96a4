import type { Type } from '@nestjs/common';
import { CallContext } from '../core/index.js';
import { readAccessDeclarations, type AccessDeclaration } from './access-declaration.js';
import { resolveObjectOptions, type ResolvedObjectOptions } from './goverse-object-options.js';
import { resolveMethodOptions, type ResolvedMethodOptions } from './method-options.js';
import { readMethodDeclarations, readObjectOptions, type MethodDeclaration } from './object-declaration.js';

/** One `@Method` of an object class. */
export interface MethodMetadata {
  /** Wire name. */
  readonly name: string;
  readonly propertyKey: string | symbol;
  readonly options: ResolvedMethodOptions;
  /** Declared type of the argument as the compiler wrote it (`Object` for interfaces); undefined without an argument. */
  readonly argumentType: Type<unknown> | undefined;
  /** False for methods without parameters or with the `CallContext` alone. */
  readonly takesArgument: boolean;
  /** Position of the `CallContext` among the parameters. */
  readonly contextIndex: 0 | 1;
}

/** What the decorators say about an object class. */
export interface ObjectMetadata {
  readonly cls: Type<unknown>;
  /** Type name: the part of its object ids before the first dash. */
  readonly type: string;
  readonly options: ResolvedObjectOptions;
  /** By wire name. */
  readonly methods: ReadonlyMap<string, MethodMetadata>;
}

/** Metadata of a class decorated with `@GoverseObject()`; undefined for every other value. */
export function readObjectMetadata(cls: unknown): ObjectMetadata | undefined {
  if (typeof cls !== 'function') return undefined;
  const declared = readObjectOptions(cls);
  if (declared === undefined) return undefined;
  const access = readAccessDeclarations(cls);
  const options = resolveObjectOptions(declared, access.get(undefined));
  const methods = readMethodDeclarations(cls).map((declaration) =>
    methodMetadata(cls, declaration, access.get(declaration.propertyKey), options),
  );
  return {
    cls: cls as Type<unknown>,
    type: declared.type ?? cls.name,
    options,
    methods: new Map(methods.map((method) => [method.name, method])),
  };
}

/** Parameter types the compiler wrote for a method of a class. */
export function parameterTypes(cls: object, propertyKey: string | symbol): readonly unknown[] {
  const { prototype } = cls as { prototype: object };
  return (Reflect.getMetadata('design:paramtypes', prototype, propertyKey) ?? []) as unknown[];
}

function methodMetadata(
  cls: object,
  { propertyKey, options }: MethodDeclaration,
  access: AccessDeclaration | undefined,
  ofClass: ResolvedObjectOptions,
): MethodMetadata {
  const types = parameterTypes(cls, propertyKey);
  const [first] = types;
  const takesContextOnly = first === CallContext;
  const method = (cls as { prototype: Record<string | symbol, unknown> }).prototype[propertyKey];
  const parameters = Math.max(types.length, typeof method === 'function' ? method.length : 0);
  return {
    name: options.name ?? String(propertyKey),
    propertyKey,
    options: resolveMethodOptions(options, access, ofClass),
    argumentType: takesContextOnly || typeof first !== 'function' ? undefined : (first as Type<unknown>),
    takesArgument: !takesContextOnly && parameters > 0,
    contextIndex: takesContextOnly ? 0 : 1,
  };
}
