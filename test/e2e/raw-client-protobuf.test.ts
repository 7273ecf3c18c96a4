import { describe, expect, it } from 'vitest';
import { failureOf } from '../support/raw-call.js';
import { pathOf, problemOf, send, sendJson, valueOf } from '../support/raw-http.js';
import { anyOf, decode, encode, readAny } from '../support/raw-protocol.js';
import { useFixtureCluster } from '../support/use-fixture-cluster.js';

const greeting = encode('fixture.Greeting', { name: 'ann', times: 2 });

describe('a method declared with protobuf messages', () => {
  const use = useFixtureCluster();

  const octets = (objectId: string, body: Buffer) =>
    send(use.gate.http, 'POST', pathOf(objectId, 'Greet'), {
      headers: { 'content-type': 'application/octet-stream' },
      body,
    });

  it('takes and returns them as payload bytes on ClientService', async () => {
    const { payload } = await use.client().callBytes('Greeter-grpc', 'Greet', greeting);
    expect(decode('fixture.Answer', payload)).toEqual({ text: 'hello ann', names: ['ann', 'ann'], total: 2 });
  });

  it('takes no bytes for a message with every default', async () => {
    const { payload } = await use.client().callBytes('Greeter-empty', 'Greet', Buffer.alloc(0));
    expect(decode('fixture.Answer', payload)).toEqual({ text: 'hello ', names: [], total: 0 });
  });

  it('takes and returns them as octets over HTTP', async () => {
    const answer = await octets('Greeter-octets', greeting);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/octet-stream']);
    expect(decode('fixture.Answer', answer.body)).toEqual({ text: 'hello ann', names: ['ann', 'ann'], total: 2 });
  });

  it('takes and returns them as JSON over HTTP', async () => {
    const answer = await sendJson(use.gate.http, 'POST', pathOf('Greeter-json', 'Greet'), {
      name: 'ann',
      times: 1,
    });
    expect(valueOf(answer)).toEqual({ text: 'hello ann', names: ['ann'], total: '1' });
  });

  it('takes and returns them as Any at a node', async () => {
    const reply = await use
      .rawNode()
      .call('Greeter-any', 'Greet', anyOf('fixture.Greeting', { name: 'ann', times: 1 }));
    expect(readAny(reply!)).toEqual({
      type: 'fixture.Answer',
      message: { text: 'hello ann', names: ['ann'], total: 1 },
    });
  });

  it('takes and returns them between objects', async () => {
    expect(await use.client().call('Greeter-first', 'GreetThrough', 'Greeter-second')).toEqual({
      text: 'hello object',
      names: ['object', 'object'],
      total: 2,
    });
  });

  it('refuses bytes that are no such message, on every path', async () => {
    const garbage = Buffer.from([0x0a, 0x7f, 0x61]);
    const refusal = { code: 'INVALID_ARGUMENT', reason: 'INVALID_ARGUMENT' };
    expect(await failureOf(use.client().callBytes('Greeter-1', 'Greet', garbage))).toMatchObject(refusal);
    const any = { type_url: 'type.googleapis.com/fixture.Greeting', value: garbage };
    expect(await failureOf(use.rawNode().call('Greeter-1', 'Greet', any))).toMatchObject(refusal);
    expect(problemOf(await octets('Greeter-1', garbage))).toMatchObject({ status: 400, reason: 'INVALID_ARGUMENT' });
  });

  it('refuses JSON that does not fit the message, naming the field', async () => {
    const answer = await sendJson(use.gate.http, 'POST', pathOf('Greeter-1', 'Greet'), { name: 5, times: 'often' });
    const problem = problemOf(answer);
    expect(problem).toMatchObject({ status: 400, reason: 'INVALID_ARGUMENT' });
    expect(problem.detail).toMatch(/name[^]*times/);
  });

  it('refuses another message in an Any, naming both', async () => {
    const failure = await failureOf(use.rawNode().call('Greeter-1', 'Greet', anyOf('fixture.Answer', { text: 'x' })));
    expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_ARGUMENT' });
    expect(failure.details).toMatch(/fixture\.Greeting[^]*fixture\.Answer/);
  });

  it('octets for a method without a declared message are refused', async () => {
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = await send(use.gate.http, 'POST', pathOf('Echo-1', 'Echo'), { headers, body: greeting });
    expect(problemOf(answer)).toMatchObject({ status: 400, reason: 'INVALID_ARGUMENT' });
  });
});
