import type { MessageRegistry, MethodInfo, ObjectTypeInfo } from '../core/index.js';
import { argumentSchema, type JsonSchema } from './argument-schema.js';
import { messageSchema } from './message-schema.js';
import type { MethodDefinition, ObjectDefinition } from './object-definition.js';
import type { ObjectRegistry } from './object-registry.js';

/** Describes the object types of this process, for the documents of gates (`Describe`, proto/goverse.proto). */
export function describeObjects(registry: ObjectRegistry, messages: MessageRegistry): ObjectTypeInfo[] {
  return registry.types.map((type) => describe(registry.get(type), messages));
}

function describe({ type, options, methods }: ObjectDefinition, messages: MessageRegistry): ObjectTypeInfo {
  const { internal, roles = [] } = options;
  return { type, internal, roles, methods: [...methods.values()].map((method) => describeMethod(method, messages)) };
}

function describeMethod(method: MethodDefinition, messages: MessageRegistry): MethodInfo {
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
