import { APP_GUARD } from '@nestjs/core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterEach, describe, expect, it } from 'vitest';
import type { MethodInfo, ObjectTypeInfo } from '../../src/core/index.js';
import type { TestGate, TestGateOptions } from './gate-fixture.js';
import { startTestGate } from './gate-fixture.js';

let gate: TestGate;
const start = async (types: ObjectTypeInfo[] = [], options?: TestGateOptions) => {
  gate = await startTestGate(options);
  gate.cluster.types = types;
};
afterEach(() => gate.close());

interface Operation {
  readonly operationId?: string;
  readonly description?: string;
  readonly requestBody?: { readonly required: boolean; readonly content: Record<string, { schema?: object }> };
  readonly responses: Record<string, unknown>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${gate.http}${path}`, { headers });
const document = async () => (await (await get('/v1/openapi.json')).json()) as Document;

const method = (name: string, more: Partial<MethodInfo> = {}): MethodInfo => ({
  name,
  readOnly: false,
  idempotent: false,
  oneWay: false,
  internal: false,
  roles: [],
  takesArgument: false,
  argumentSchema: '',
  resultSchema: '',
  request: '',
  response: '',
  ...more,
});
const JOIN = JSON.stringify({
  $ref: '#/$defs/JoinArgs',
  $defs: { JoinArgs: { type: 'object', required: ['userId'], properties: { userId: { type: 'string' } } } },
});
const ROOM: ObjectTypeInfo = {
  type: 'ChatRoom',
  internal: false,
  roles: [],
  methods: [
    method('Join', { takesArgument: true, argumentSchema: JOIN }),
    method('Members', { readOnly: true, idempotent: true }),
    method('Told', { oneWay: true }),
    method('Sweep', { internal: true }),
    method('Close', { roles: ['admin'] }),
  ],
};

describe('GET /v1/openapi.json', () => {
  it('is a valid document with every method that clients may call, and no other', async () => {
    await start([ROOM]);
    const response = await get('/v1/openapi.json');
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    const found = (await response.json()) as Document;
    expect(found.openapi).toBe('3.1.0');
    const { valid, errors } = await new Validator().validate(found as never);
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    const ofRoom = Object.keys(found.paths).filter((path) => path.includes('ChatRoom'));
    expect(ofRoom.toSorted()).toEqual(
      ['', '/Close', '/Join', '/Members', '/Told'].map((rest) => `/v1/objects/ChatRoom-{key}${rest}`),
    );
    expect(JSON.stringify(found)).not.toContain('Sweep');
    const join = found.paths['/v1/objects/ChatRoom-{key}/Join']!['post']!;
    expect(join.requestBody).toEqual({
      required: true,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/JoinArgs' } } },
    });
    expect(found.components.schemas['JoinArgs']).toMatchObject({ required: ['userId'] });
    const told = found.paths['/v1/objects/ChatRoom-{key}/Told']!['post']!;
    expect(Object.keys(told.responses)).toEqual(['204', 'default']);
    expect(found.paths['/v1/objects/ChatRoom-{key}/Close']!['post']).toMatchObject({ 'x-goverse-roles': ['admin'] });
  });

  it('has the routes of every gate', async () => {
    await start();
    expect(Object.keys((await document()).paths)).toEqual(
      expect.arrayContaining([
        '/v1/objects/{objectId}/{method}',
        '/v1/objects/{objectId}',
        '/v1/events',
        '/api/v1/objects/call/{type}/{id}/{method}',
        '/healthz',
      ]),
    );
  });

  it('merges what nodes of two versions tell, and asks them once for many readers', async () => {
    const older = { ...ROOM, methods: [method('Join'), method('Leave')] };
    await start([older, ROOM, { type: 'Ledger', internal: true, roles: [], methods: [] }]);
    const documents = await Promise.all([document(), document(), document()]);
    const paths = Object.keys(documents[2]!.paths);
    expect(paths).toContain('/v1/objects/ChatRoom-{key}/Leave');
    expect(paths).toContain('/v1/objects/ChatRoom-{key}/Members');
    expect(JSON.stringify(documents[0])).not.toContain('Ledger');
    expect(gate.cluster.log.filter((line) => line === 'describe')).toHaveLength(1);
  });

  it('is GET only', async () => {
    await start();
    const response = await fetch(`${gate.http}/v1/openapi.json`, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
  });
});

describe('GET /v1/docs', () => {
  it('is a page that loads nothing, runs nothing and escapes what nodes tell', async () => {
    const evil = { ...ROOM, methods: [method('<script>alert(1)</script>', { roles: ['"><img src=x>'] })] };
    await start([evil]);
    const response = await get('/v1/docs');
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    expect(page).toContain('ChatRoom');
    expect(page).not.toMatch(/<script|<img|https?:\/\//);
    expect(page).toContain('&lt;img src=x&gt;');
  });
});

describe('the documents', () => {
  it.each(['/v1/openapi.json', '/v1/docs'])('can be switched off: %s', async (path) => {
    await start([], { options: { openApi: false } });
    expect((await get(path)).status).toBe(404);
  });

  it.each(['/v1/openapi.json', '/v1/docs'])('are behind the guards of the application: %s', async (path) => {
    await start([ROOM], { providers: [{ provide: APP_GUARD, useValue: { canActivate: () => false } }] });
    expect((await get(path)).status).toBe(403);
    expect(gate.cluster.log).not.toContain('describe');
  });
});
