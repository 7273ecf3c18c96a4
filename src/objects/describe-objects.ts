import type { MessageRegistry } from '../core/index.js';
import { argumentSchema, type JsonSchema } from './argument-schema.js';
import { messageSchema } from './message-schema.js';
import type { MethodDefinition, ObjectDefinition } from './object-definition.js';
import type { ObjectRegistry } from './object-registry.js';

/** An object type as its callers see it. */
export interface ObjectDescription {
  readonly type: string;
  readonly internal: boolean;
  readonly roles: readonly string[];
  readonly methods: readonly MethodDescription[];
}

/** A method as its callers see it. Schemas are JSON Schema (2020-12) as JSON; empty = not declared. */
export interface MethodDescription {
  readonly name: string;
  readonly readOnly: boolean;
  readonly idempotent: boolean;
  readonly oneWay: boolean;
  readonly internal: boolean;
  readonly roles: readonly string[];
  readonly takesArgument: boolean;
  readonly argumentSchema: string;
  readonly resultSchema: string;
  readonly request: string;
  readonly response: string;
}

/** Describes the object types of this process, for the documents of gates (`Describe`, proto/goverse.proto). */
export function describeObjects(registry: ObjectRegistry, messages: MessageRegistry): ObjectDescription[] {
  return registry.types.map((type) => describe(registry.get(type), messages));
}

function describe({ type, options, methods }: ObjectDefinition, messages: MessageRegistry): ObjectDescription {
  const { internal, roles = [] } = options;
  return { type, internal, roles, methods: [...methods.values()].map((method) => describeMethod(method, messages)) };
}

function describeMethod(method: MethodDefinition, messages: MessageRegistry): MethodDescription {
  const { readOnly, idempotent, oneWay, internal, roles = [], request, response } = method.options;
  const argument = request === undefined ? argumentSchema(method.argumentType) : ofMessage(request, messages);
  const result = response === undefined ? undefined : ofMessage(response, messages);
  return {
    name: method.name,
    readOnly,
    idempotent,
    oneWay,
    internal,
    roles,
    takesArgument: method.takesArgument,
    argumentSchema: textOf(argument),
    resultSchema: textOf(result),
    request: request ?? '',
    response: response ?? '',
  };
}

function ofMessage(name: string, messages: MessageRegistry): JsonSchema | undefined {
  const type = messages.find(name);
  return type && messageSchema(type);
}

function textOf(schema: JsonSchema | undefined): string {
  return schema === undefined ? '' : JSON.stringify(schema);
}
