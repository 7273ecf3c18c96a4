import type { Type } from '@nestjs/common';
import {
  OPTIONAL_DEPS_METADATA,
  OPTIONAL_PROPERTY_DEPS_METADATA,
  PARAMTYPES_METADATA,
  PROPERTY_DEPS_METADATA,
  SELF_DECLARED_DEPS_METADATA,
} from '@nestjs/common/internal';
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/internal';
import { ObjectContext } from './object-context.js';
import type { ContextSource } from './object-definition.js';
import type { ObjectClass } from './object-explorer.js';

/** Makes the instance of an activation. */
export type ObjectFactory = (activation: ContextSource) => object | Promise<object>;

/** A dependency that is known at start, or the context of the activation. */
type Slot = (activation: ContextSource) => unknown;

type PropertyKey = string | symbol;

/**
 * The factory of an object class. Where all dependencies are singletons (or the `ObjectContext`) they are looked up
 * once and an activation is a plain `new`; else Nest resolves them per activation, request-scoped ones once for it,
 * transient ones per injection.
 *
 * To be called when Nest has started its providers.
 */
export function objectFactoryFor(object: ObjectClass): ObjectFactory {
  const { provider } = object;
  const cls = object.metadata.cls as Type<object>;
  const parameters = parameterSlots(cls, provider);
  const properties = propertySlots(cls, provider);
  if (parameters === undefined || properties === undefined) return nestFactory(object, cls);
  return plainFactory(cls, parameters, properties);
}

function plainFactory(
  cls: Type<object>,
  parameters: readonly Slot[],
  properties: ReadonlyMap<PropertyKey, Slot>,
): ObjectFactory {
  return (activation) => {
    const instance = new cls(...parameters.map((slot) => slot(activation)));
    for (const [key, slot] of properties) (instance as Record<PropertyKey, unknown>)[key] = slot(activation);
    return instance;
  };
}

function nestFactory({ module }: ObjectClass, cls: Type<object>): ObjectFactory {
  const moduleRef = module.getProviderByKey<ModuleRef>(ModuleRef).instance;
  return ({ context }) => {
    const contextId = ContextIdFactory.create();
    moduleRef.registerRequestByContextId(context, contextId);
    return moduleRef.create(cls, contextId);
  };
}

/** Undefined if a parameter is not known at start. */
function parameterSlots(cls: Type<object>, provider: InstanceWrapper): Slot[] | undefined {
  const declared = (Reflect.getMetadata(PARAMTYPES_METADATA, cls) ?? []) as unknown[];
  const named = (Reflect.getMetadata(SELF_DECLARED_DEPS_METADATA, cls) ?? []) as { index: number }[];
  const count = Math.max(declared.length, ...named.map(({ index }) => index + 1), 0);
  const optional = (Reflect.getMetadata(OPTIONAL_DEPS_METADATA, cls) ?? []) as number[];
  const dependencies = provider.getCtorMetadata() ?? [];
  return allKnown(Array.from({ length: count }, (_, index) => slotOf(dependencies[index], optional.includes(index))));
}

function propertySlots(cls: Type<object>, provider: InstanceWrapper): Map<PropertyKey, Slot> | undefined {
  const declared = (Reflect.getMetadata(PROPERTY_DEPS_METADATA, cls) ?? []) as { key: PropertyKey }[];
  const optional = (Reflect.getMetadata(OPTIONAL_PROPERTY_DEPS_METADATA, cls) ?? []) as PropertyKey[];
  const dependencies = new Map((provider.getPropertiesMetadata() ?? []).map(({ key, wrapper }) => [key, wrapper]));
  // One that is missing stays what the class itself made it, like Nest leaves it.
  const present = declared.filter(({ key }) => dependencies.has(key as string) || !optional.includes(key));
  const slots = allKnown(present.map(({ key }) => slotOf(dependencies.get(key as string), false)));
  return slots && new Map(present.map(({ key }, index) => [key, slots[index] as Slot]));
}

function slotOf(dependency: InstanceWrapper | undefined, optional: boolean): Slot | undefined {
  if (dependency === undefined) return optional ? () => undefined : undefined;
  if (dependency.token === ObjectContext) return ({ context }) => context;
  if (dependency.isTransient || dependency.async || !dependency.isDependencyTreeStatic()) return undefined;
  const instance: unknown = dependency.instance;
  return () => instance;
}

function allKnown(slots: readonly (Slot | undefined)[]): Slot[] | undefined {
  return slots.every((slot) => slot !== undefined) ? [...slots] : undefined;
}
