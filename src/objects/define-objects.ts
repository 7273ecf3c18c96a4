import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { invalidObjectClass, type MethodMetadata } from '../decorators/index.js';
import { ArgumentReader, type ValueCodec } from './argument-reader.js';
import { enhancedInvokerFor } from './enhanced-invoker.js';
import { EnhancerFinder } from './enhancers.js';
import type { TurnMode } from './mailbox.js';
import { directInvoker, type UserMethod } from './method-invoker.js';
import type { MethodDefinition, ObjectDefinition } from './object-definition.js';
import { ObjectExplorer, type ObjectClass } from './object-explorer.js';
import { objectFactoryFor } from './object-factory.js';
import { ObjectRegistry } from './object-registry.js';

export interface DefinitionParts {
  readonly modules: ModulesContainer;
  readonly config: ApplicationConfig;
  /** `local` leaves global guards, pipes, interceptors and filters out. */
  readonly enhancers: 'all' | 'local';
  readonly codec: ValueCodec;
  /** The registered protobuf messages; `MessageRegistry` of core is one. */
  readonly messages: { find(fullName: string): unknown };
}

/**
 * Finds the object classes of an application and makes them ready to be activated and called: to be done once, when
 * Nest has started its providers. Throws `INVALID_OBJECT_CLASS` for what is declared wrongly.
 */
export async function defineObjects(parts: DefinitionParts): Promise<ObjectRegistry> {
  const finder = new EnhancerFinder(parts.modules, parts.config, parts.enhancers);
  const classes = new ObjectExplorer(parts.modules).explore();
  return new ObjectRegistry(await Promise.all(classes.map((object) => defineObject(object, finder, parts))));
}

async function defineObject(
  object: ObjectClass,
  finder: EnhancerFinder,
  parts: DefinitionParts,
): Promise<ObjectDefinition> {
  const { cls, type, options, methods } = object.metadata;
  const defined = await Promise.all([...methods.values()].map((method) => defineMethod(object, method, finder, parts)));
  return {
    cls,
    type,
    options,
    methods: new Map(defined.map((method) => [method.name, method])),
    construct: objectFactoryFor(object),
  };
}

async function defineMethod(
  object: ObjectClass,
  method: MethodMetadata,
  finder: EnhancerFinder,
  { codec, messages }: DefinitionParts,
): Promise<MethodDefinition> {
  const { cls, type, options } = object.metadata;
  const where = `${cls.name}.${String(method.propertyKey)}`;
  for (const message of [method.options.request, method.options.response]) assertMessage(where, message, messages);
  const handler = (cls.prototype as Record<string | symbol, UserMethod>)[method.propertyKey] as UserMethod;
  const { name } = method;
  return {
    name,
    options: method.options,
    mode: options.reentrancy === 'always' ? 'interleave' : modeOf(method),
    argumentType: method.argumentType,
    takesArgument: method.takesArgument,
    argument: new ArgumentReader(
      { where: `${type}.${name}`, declared: method.argumentType, message: method.options.request },
      codec,
    ),
    invoker: (await enhancedInvokerFor(finder, object, method, handler)) ?? directInvoker(handler, method.contextIndex),
  };
}

function modeOf({ options }: MethodMetadata): TurnMode {
  if (options.interleave) return 'interleave';
  return options.readOnly ? 'readOnly' : 'exclusive';
}

function assertMessage(where: string, message: string | undefined, messages: DefinitionParts['messages']): void {
  if (message === undefined || messages.find(message) !== undefined) return;
  throw invalidObjectClass(
    `${where}: the protobuf message ${message} is not registered; list its .proto file in forRoot({ protobuf })`,
  );
}
