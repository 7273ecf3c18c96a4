import { describe, expect, it } from 'vitest';
import { pathOf, problemOf, send, sendJson, valueOf } from '../support/raw-http.js';
import type { RawAnswer } from '../support/raw-http.js';
import { REFUSALS } from '../support/refusals.js';
import type { Refusal } from '../support/refusals.js';
import { useFixtureCluster } from '../support/use-fixture-cluster.js';
import { VECTORS } from '../support/vectors.js';

describe('HTTP as the wire document describes it', () => {
  const use = useFixtureCluster();

  const call = async (
    objectId: string,
    method: string,
    argument?: unknown,
    headers?: Record<string, string>,
  ): Promise<unknown> => valueOf(await sendJson(use.gate.http, 'POST', pathOf(objectId, method), argument, headers));

  describe('calls', () => {
    it.each([0, 'hé 🎮', '', false, null, { a: [1, { b: null }] }])('give back %j', async (value) => {
      expect(await call('Echo-http', 'Echo', value)).toEqual(value);
    });

    it('answer 204 without a result', async () => {
      expect(await sendJson(use.gate.http, 'POST', pathOf('Echo-1', 'Nothing'))).toMatchObject({
        status: 204,
        body: Buffer.alloc(0),
      });
    });

    it.each([undefined, 'application/json', 'text/plain', 'nonsense'])(
      'take an empty body of type %s for no argument',
      async (type) => {
        const answer = await send(use.gate.http, 'POST', pathOf('Echo-1', 'Echo'), {
          headers: type === undefined ? {} : { 'content-type': type },
        });
        expect(answer.status).toBe(204);
      },
    );

    it.each(VECTORS.shard.valid.map(({ id }) => id))('reach the object %s', async (id) => {
      expect(valueOf(await sendJson(use.gate.http, 'POST', pathOf(id, 'Context', 'Echo')))).toMatchObject({
        objectId: id,
      });
    });

    it('reach an id of 255 bytes', async () => {
      const id = `Echo-${'é'.repeat(125)}`;
      expect(Buffer.byteLength(id)).toBe(255);
      expect(await call(id, 'Context')).toMatchObject({ objectId: id });
    });

    it('take their deadline from X-Timeout-Ms', async () => {
      const { remainingMs } = (await call('Echo-1', 'Context', undefined, { 'x-timeout-ms': '4000' })) as {
        remainingMs: number;
      };
      expect(remainingMs).toBeLessThanOrEqual(4_000);
      expect(remainingMs).toBeGreaterThan(0);
    });

    it('create and delete', async () => {
      const create = () => sendJson(use.gate.http, 'PUT', pathOf('Echo-made-by-http'), { seed: 1 });
      const first = await create();
      expect([first.status, valueOf(first)]).toEqual([201, { id: 'Echo-made-by-http' }]);
      const second = await create();
      expect([second.status, valueOf(second)]).toEqual([200, { id: 'Echo-made-by-http' }]);
      expect(await call('Echo-made-by-http', 'CreatedWith')).toEqual({ seed: 1 });
      expect((await send(use.gate.http, 'DELETE', pathOf('Echo-made-by-http'))).status).toBe(204);
      expect((await send(use.gate.http, 'DELETE', pathOf('Echo-made-by-http'))).status).toBe(204);
      expect(await call('Echo-made-by-http', 'CreatedWith')).toBeUndefined();
    });

    it('work with fetch', async () => {
      const answer = await fetch(`http://${use.gate.http}${pathOf('shard#5/Echo-1', 'Echo')}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: '{"a":1}',
      });
      expect([answer.status, answer.headers.get('content-type')?.split(';')[0], await answer.json()]).toEqual([
        200,
        'application/json',
        { a: 1 },
      ]);
    });

    it('pass a client that hangs up on to the object', async () => {
      const leaving = new AbortController();
      const held = send(use.gate.http, 'POST', pathOf('Slow-http', 'Hold'), { signal: leaving.signal });
      await call('Slow-http', 'Running', 1);
      leaving.abort();
      await expect(held).rejects.toThrow();
      expect(await call('Slow-http', 'Aborted', 1)).toBe(1);
    });
  });

  describe('errors', () => {
    const refused = ({ verb, objectId, method, type, argument, timeoutMs }: Refusal): Promise<RawAnswer> => {
      const headers: Record<string, string> = timeoutMs === undefined ? {} : { 'x-timeout-ms': String(timeoutMs) };
      const isCreation = verb === 'create';
      return sendJson(
        use.gate.http,
        isCreation ? 'PUT' : 'POST',
        pathOf(objectId, isCreation ? undefined : method, type),
        argument,
        headers,
      );
    };

    it.each(REFUSALS)('$what: $reason, $http', async (refusal) => {
      const answer = await refused(refusal);
      const problem = problemOf(answer);
      expect({ reason: problem.reason, status: answer.status }).toEqual({
        reason: refusal.reason,
        status: refusal.http,
      });
      expect(problem.detail).toMatch(refusal.says ?? /\S/);
      expect([typeof problem.type, typeof problem.title]).toEqual(['string', 'string']);
      expect(problem.traceId).toMatch(/^\S{8,}$/);
    });

    it.each(VECTORS.shard.invalidIds.filter((id) => id !== ''))('refuses the id %j', async (id) => {
      expect(problemOf(await sendJson(use.gate.http, 'POST', pathOf(id, 'Echo', 'Echo'), 1))).toMatchObject({
        status: 400,
        reason: 'INVALID_OBJECT_ID',
      });
    });

    it.each(VECTORS.shard.invalidWithoutType)('refuses the id %j without a type', async (id) => {
      expect(problemOf(await sendJson(use.gate.http, 'POST', pathOf(id, 'Echo'), 1))).toMatchObject({
        status: 400,
        reason: 'INVALID_OBJECT_ID',
      });
    });

    it('refuses what is no percent-encoding', async () => {
      expect(problemOf(await sendJson(use.gate.http, 'POST', '/v1/objects/Echo-%zz/Echo', 1)).status).toBe(400);
    });

    it('hides what a method threw behind the trace id, which the log of the node has too', async () => {
      const answer = await sendJson(use.gate.http, 'POST', pathOf('Faulty-1', 'Plain'));
      expect(answer.body.toString()).not.toMatch(/hunter2|password/);
      expect(await use.logged(new RegExp(problemOf(answer).traceId))).toContain('Faulty-1');
    });

    it('keeps the details of an error of the application', async () => {
      expect(problemOf(await sendJson(use.gate.http, 'POST', pathOf('Faulty-1', 'OwnReason'))).details).toEqual({
        limit: 4,
      });
    });

    it('tells another type under the same id apart', async () => {
      await sendJson(use.gate.http, 'PUT', pathOf('Echo-typed'));
      expect(problemOf(await sendJson(use.gate.http, 'POST', pathOf('Echo-typed', 'Call', 'Relay')))).toMatchObject({
        status: 409,
        reason: 'TYPE_MISMATCH',
      });
      expect(problemOf(await sendJson(use.gate.http, 'PUT', pathOf('Echo-typed', undefined, 'Relay')))).toMatchObject({
        status: 409,
        reason: 'ALREADY_EXISTS',
      });
    });

    it('refuses what a full mailbox cannot take, and says when to come again', async () => {
      const leaving = new AbortController();
      const hold = () => send(use.gate.http, 'POST', pathOf('Slow-full-http', 'Hold'), { signal: leaving.signal });
      const calls = [hold()];
      await call('Slow-full-http', 'Running', 1);
      calls.push(hold(), hold(), hold());
      const answer = await Promise.race(calls);
      expect(problemOf(answer)).toMatchObject({ status: 429, reason: 'OVERLOADED' });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      leaving.abort();
      await Promise.allSettled(calls);
    });

    it.each([
      ['no JSON', Buffer.from([0xff, 0xfe])],
      ['half a JSON text', '{"a":'],
    ])('refuses a body that is %s', async (_what, body) => {
      const answer = await send(use.gate.http, 'POST', pathOf('Echo-1', 'Echo'), {
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(problemOf(answer)).toMatchObject({ status: 400, reason: 'INVALID_ARGUMENT' });
    });

    it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense'])(
      'refuses a body of type %s',
      async (type) => {
        const answer = await send(use.gate.http, 'POST', pathOf('Echo-1', 'Echo'), {
          headers: { 'content-type': type },
          body: '1',
        });
        expect(problemOf(answer).status).toBe(415);
      },
    );

    it('refuses a body without a type', async () => {
      expect(problemOf(await send(use.gate.http, 'POST', pathOf('Echo-1', 'Echo'), { body: '1' })).status).toBe(415);
    });

    it('takes a body of the limit and refuses one byte more and 2 MiB', async () => {
      const body = (bytes: number) => ({
        headers: { 'content-type': 'application/json' },
        body: `"${'x'.repeat(bytes - 2)}"`,
      });
      expect((await send(use.gate.http, 'POST', pathOf('Echo-1', 'Nothing'), body(2 ** 20))).status).toBe(204);
      for (const bytes of [2 ** 20 + 1, 2 ** 21]) {
        const answer = await send(use.gate.http, 'POST', pathOf('Echo-1', 'Nothing'), body(bytes));
        expect(problemOf(answer)).toMatchObject({ status: 413, reason: 'PAYLOAD_TOO_LARGE' });
      }
    });

    it.each(['0', '-1', 'soon', '1e3'])('refuses the deadline %s', async (timeout) => {
      const answer = await sendJson(use.gate.http, 'POST', pathOf('Echo-1', 'Echo'), 1, { 'x-timeout-ms': timeout });
      expect(problemOf(answer)).toMatchObject({ status: 400, reason: 'INVALID_ARGUMENT' });
    });

    it.each([
      ['GET', '/v1/objects/Echo-1/Echo', 405],
      ['POST', '/v1/objects/Echo-1', 405],
      ['PUT', '/v1/objects/Echo-1/Echo', 405],
      ['POST', '/v1/events', 405],
      ['GET', '/v1/nothing', 404],
      ['POST', '/v1/objects/Echo-1/Echo/more', 404],
      ['POST', '/v1/objects/', 404],
    ])('%s %s is %i', async (method, path, status) => {
      expect(problemOf(await send(use.gate.http, method, path)).status).toBe(status);
    });

    it('refuses pages of another origin and takes its own', async () => {
      const from = (origin: string) => sendJson(use.gate.http, 'POST', pathOf('Echo-1', 'Echo'), 1, { origin });
      expect(problemOf(await from('https://evil.example'))).toMatchObject({ status: 403, reason: 'ACCESS_DENIED' });
      expect(valueOf(await from(`http://${use.gate.http}`))).toBe(1);
    });
  });

  it('describe the objects of the nodes, and keep to themselves what is not for clients', async () => {
    const answer = await send(use.gate.http, 'GET', '/v1/openapi.json');
    const { openapi, paths, components } = valueOf(answer) as {
      openapi: string;
      paths: Record<string, unknown>;
      components: { schemas: Record<string, unknown> };
    };
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/v1/objects/Echo-{key}/Repeat',
        '/v1/objects/Greeter-{key}/Greet',
        '/v1/objects/Slow-{key}',
      ]),
    );
    expect(components.schemas['RepeatArgs']).toMatchObject({
      required: ['text', 'times'],
      properties: {
        text: { type: 'string', minLength: 1, maxLength: 20 },
        times: { type: 'integer', minimum: 1, maximum: 10 },
      },
    });
    expect(components.schemas['fixture.Greeting']).toMatchObject({ properties: { name: { type: 'string' } } });
    expect(answer.body.toString()).not.toContain('Secret');
    const page = await send(use.gate.http, 'GET', '/v1/docs');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.body.toString()).toContain('POST /v1/objects/Echo-{key}/Repeat');
  });

  it.each(['/healthz', '/readyz'])('%s says that all is well', async (path) => {
    expect((await send(use.gate.http, 'GET', path)).status).toBe(200);
  });

  it('leaves all processes alive', () => {
    expect(use.alive).toBe(true);
  });
});
