/** A problem document (RFC 9457), as every error of `/v1` is. */
export const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'reason', 'traceId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'For people: what happened, to what, what to do' },
    reason: { type: 'string', pattern: '^[A-Z][A-Z0-9_]*$', description: 'For programs; stable' },
    code: { type: 'string', description: 'Name of the gRPC status code' },
    traceId: { type: 'string' },
    details: {},
  },
};

const COMPATIBLE_ERROR = {
  type: 'object',
  required: ['error', 'code'],
  properties: { error: { type: 'string' }, code: { type: 'string' } },
};

const json = (schema: object) => ({ 'application/json': { schema } });
const text = (name: string, at: 'path' | 'query' | 'header', description: string) => ({
  name,
  in: at,
  required: at === 'path',
  description,
  schema: { type: 'string' },
});

/** Parameters of several operations, for `components.parameters`. */
export const PARAMETERS = {
  clientId: text('X-Client-Id', 'header', 'The client the call comes from; counts with its token only'),
  clientToken: text('X-Client-Token', 'header', 'The token the client got when it registered'),
  timeoutMs: {
    name: 'X-Timeout-Ms',
    in: 'header',
    description: 'Milliseconds until the deadline',
    schema: { type: 'integer', minimum: 1, default: 30_000 },
  },
  type: text('type', 'query', 'The type of an id that does not begin with it'),
};

export const CALL_HEADERS = ['clientId', 'clientToken', 'timeoutMs'].map((name) => ({
  $ref: `#/components/parameters/${name}`,
}));
const OF_ANY_OBJECT = [...CALL_HEADERS, { $ref: '#/components/parameters/type' }];
const objectId = text('objectId', 'path', '`<Type>-<key>`, percent-encoded, `/` and `#` included');

export const ERRORS = { default: { $ref: '#/components/responses/problem' } };
export const CREATED = {
  description: 'It was created',
  content: json({ type: 'object', properties: { id: { type: 'string' } } }),
};
export const WAS_THERE = { ...CREATED, description: 'It was there' };

const compatible = (summary: string, parameters: string[], request: object | undefined, answer: object) => ({
  post: {
    tags: ['Clients written for GoVerse'],
    summary,
    parameters: [...parameters.map((name) => text(name, 'path', 'Percent-encoded')), ...CALL_HEADERS],
    ...(request ? { requestBody: { content: json(request) } } : {}),
    responses: {
      200: { description: 'Done', content: json({ type: 'object', properties: answer }) },
      default: { description: 'An error', content: json(COMPATIBLE_ERROR) },
    },
  },
});
const events = (tag: string, summary: string) => ({
  get: {
    tags: [tag],
    summary,
    responses: {
      200: { description: 'Server-sent events', content: { 'text/event-stream': { schema: { type: 'string' } } } },
      ...ERRORS,
    },
  },
});
const health = (summary: string, responses: object) => ({ get: { tags: ['Health'], summary, responses } });
const base64 = { type: 'string', contentEncoding: 'base64' };

/** The routes of every gate, whatever objects there are (docs/wire.md). */
export const FIXED_PATHS = {
  '/v1/objects/{objectId}/{method}': {
    post: {
      tags: ['Any object'],
      summary: 'Call a method',
      parameters: [objectId, text('method', 'path', 'Wire name of the method'), ...OF_ANY_OBJECT],
      requestBody: { description: 'The argument; none = no argument', content: json({}) },
      responses: {
        200: { description: 'The result', content: json({}) },
        204: { description: 'There is no result' },
        ...ERRORS,
      },
    },
  },
  '/v1/objects/{objectId}': {
    parameters: [objectId, ...OF_ANY_OBJECT],
    put: {
      tags: ['Any object'],
      summary: 'Create an object',
      requestBody: { description: 'The argument of onActivate', content: json({}) },
      responses: { 201: CREATED, 200: WAS_THERE, ...ERRORS },
    },
    delete: {
      tags: ['Any object'],
      summary: 'Delete an object',
      responses: { 204: { description: 'It is not there any more' }, ...ERRORS },
    },
  },
  '/v1/events': events('Events', 'Register as a client: `register`, then a `message` for every push'),
  '/api/v1/objects/call/{type}/{id}/{method}': compatible(
    'Call a method',
    ['type', 'id', 'method'],
    { type: 'object', properties: { request: base64 } },
    { response: base64 },
  ),
  '/api/v1/objects/create/{type}/{id}': compatible('Create an object', ['type', 'id'], undefined, {
    id: { type: 'string' },
  }),
  '/api/v1/objects/delete/{type}/{id}': compatible('Delete an object', ['type', 'id'], undefined, {
    success: { const: true },
  }),
  '/api/v1/events/stream': events(
    'Clients written for GoVerse',
    'Register as a client; pushes come as base64 of an Any',
  ),
  '/healthz': health('The process is alive', { 200: { description: 'It is' } }),
  '/readyz': health('The gate can serve', { 200: { description: 'It can' }, 503: { description: 'Not yet, and why' } }),
};
