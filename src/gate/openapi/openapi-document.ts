import type { MethodInfo, ObjectTypeInfo } from '../../core/index.js';
import { CALL_HEADERS, CREATED, ERRORS, FIXED_PATHS, PARAMETERS, PROBLEM, WAS_THERE } from './fixed-paths.js';
import { SchemaPool } from './schema-pool.js';

/** The HTTP surface of a gate with the methods of these object types, as OpenAPI 3.1 wants it. */
export function openApiDocument(types: readonly ObjectTypeInfo[], version: string): object {
  const pool = new SchemaPool();
  const paths = Object.assign({}, ...types.map((type) => pathsOf(type, pool))) as object;
  return {
    openapi: '3.1.0',
    info: {
      title: 'Objects of this cluster',
      version,
      description:
        'What clients may call over HTTP. Served by nestjs-goverse; the wire is described in its docs/wire.md.',
    },
    tags: types.map(({ type }) => ({ name: type })),
    security: [{}, { authorization: [] }],
    paths: { ...paths, ...FIXED_PATHS },
    components: {
      schemas: { ...pool.schemas, 'goverse.Problem': PROBLEM },
      parameters: PARAMETERS,
      responses: {
        problem: {
          description: 'A problem document (RFC 9457)',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/goverse.Problem' } } },
        },
      },
      securitySchemes: { authorization: { type: 'http', scheme: 'bearer' } },
    },
  };
}

/** Where objects of a type are: their key is a part of one segment of the path. */
export function objectPath(type: string): string {
  return `/v1/objects/${type}-{key}`;
}

const KEY = {
  name: 'key',
  in: 'path',
  required: true,
  description: 'Key of the object, percent-encoded',
  schema: { type: 'string' },
};

function pathsOf(type: ObjectTypeInfo, pool: SchemaPool): object {
  const methods = type.methods.map((method) => [
    `${objectPath(type.type)}/${encodeURIComponent(method.name)}`,
    { post: callOf(type.type, method, pool) },
  ]);
  const life = type.internal ? [] : [[objectPath(type.type), lifeOf(type)]];
  return Object.fromEntries([...methods, ...life]) as object;
}

function callOf(type: string, method: MethodInfo, pool: SchemaPool): object {
  const octets = { 'application/octet-stream': {} };
  return {
    tags: [type],
    operationId: `${type}.${method.name}`,
    summary: `${type}.${method.name}`,
    ...description(factsOf(method)),
    ...rolesOf(method.roles),
    parameters: [KEY, ...CALL_HEADERS],
    ...(method.takesArgument
      ? {
          requestBody: {
            // A declared class must come; whether an undeclared argument may be left out is the method's affair.
            required: method.argumentSchema !== '' && method.request === '',
            content: {
              'application/json': { schema: pool.add(method.argumentSchema) },
              ...(method.request ? octets : {}),
            },
          },
        }
      : {}),
    responses: {
      ...(method.oneWay
        ? {}
        : {
            200: {
              description: 'The result',
              content: {
                'application/json': { schema: pool.add(method.resultSchema) },
                ...(method.response ? octets : {}),
              },
            },
          }),
      204: { description: method.oneWay ? 'The object will run it' : 'There is no result' },
      ...ERRORS,
    },
  };
}

function lifeOf({ type, roles }: ObjectTypeInfo): object {
  return {
    parameters: [KEY, ...CALL_HEADERS],
    put: {
      tags: [type],
      operationId: `${type}.create`,
      summary: `Create a ${type}`,
      ...rolesOf(roles),
      requestBody: { description: 'The argument of onActivate', content: { 'application/json': { schema: {} } } },
      responses: { 201: CREATED, 200: WAS_THERE, ...ERRORS },
    },
    delete: {
      tags: [type],
      operationId: `${type}.delete`,
      summary: `Delete a ${type}`,
      ...rolesOf(roles),
      responses: { 204: { description: 'It is not there any more' }, ...ERRORS },
    },
  };
}

/** What a reader should know of a method beside its argument. */
export function factsOf({ readOnly, idempotent, oneWay, roles, request, response }: MethodInfo): string[] {
  return [
    ...(readOnly ? ['Changes nothing.'] : []),
    ...(idempotent ? ['May be sent again.'] : []),
    ...(oneWay ? ['Answers before it has run.'] : []),
    ...(roles.length > 0 ? [`For ${roles.join(', ')}.`] : []),
    ...(request ? [`Takes the protobuf message ${request}.`] : []),
    ...(response ? [`Gives the protobuf message ${response}.`] : []),
  ];
}

function description(facts: readonly string[]): object {
  return facts.length > 0 ? { description: facts.join(' ') } : {};
}

function rolesOf(roles: readonly string[]): object {
  return roles.length > 0 ? { 'x-goverse-roles': roles } : {};
}
