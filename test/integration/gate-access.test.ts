import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Module } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import type { Authenticator, Credentials, GoverseGateOptions, Identity } from '../../src/config/index.js';
import { AccessFile } from '../../src/config/index.js';
import { refusal, startTestGate } from './gate-fixture.js';
import type { TestGate, TestGateOptions } from './gate-fixture.js';

let gate: TestGate;
const folders: string[] = [];

afterEach(async () => {
  await gate?.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const start = async (test: TestGateOptions) => (gate = await startTestGate(test));

/** `Bearer ann:staff` is ann with the role staff. */
const byName: Authenticator = {
  authenticate: ({ authorization }) => {
    const [, userId, role] = /^Bearer (\w+):(\w*)$/.exec(authorization ?? '') ?? [];
    return userId === undefined ? null : { userId, roles: role ? [role] : [] };
  },
};

const bearer = (who: string) => ({ authorization: `Bearer ${who}` });

async function http(method: string, path: string, headers: Record<string, string> = {}): Promise<unknown> {
  const answer = await fetch(gate.http + path, { method, headers });
  const body = await answer.text();
  return answer.ok ? answer.status : (JSON.parse(body) as { reason: string }).reason;
}

const rules: GoverseGateOptions['access'] = [
  { type: 'Room', verb: ['create', 'delete'], allow: true, to: 'staff' },
  { type: 'Room', method: '/^(Say|Read)$/', allow: true, to: 'clients' },
  { verb: 'register', allow: true, to: 'clients' },
  { deny: true, to: 'clients' },
];

describe('access rules', () => {
  it('hold for calls, creation and deletion over HTTP', async () => {
    await start({ options: { authenticator: byName, access: rules } });
    expect(await http('POST', '/v1/objects/Room-a/Say')).toBe(204);
    expect(await http('POST', '/v1/objects/Room-a/Close', bearer('ann:staff'))).toBe('ACCESS_DENIED');
    expect(await http('POST', '/v1/objects/Room-a%2FSay/Close', bearer('ann:staff'))).toBe('INVALID_OBJECT_ID');
    expect(await http('POST', '/v1/objects/Hall-a/Say?type=Room')).toBe(204);
    expect(await http('POST', '/v1/objects/Room-a/Say?type=Hall')).toBe('ACCESS_DENIED');
    expect(await http('PUT', '/v1/objects/Room-a', bearer('gus:'))).toBe('ACCESS_DENIED');
    expect(await http('PUT', '/v1/objects/Room-a', bearer('ann:staff'))).toBe(200);
    expect(await http('DELETE', '/v1/objects/Room-a')).toBe('ACCESS_DENIED');
    expect(await http('DELETE', '/v1/objects/Room-a', bearer('ann:staff'))).toBe(204);
    expect(gate.cluster.calls).toHaveLength(4);
  });

  it('hold over gRPC, for the identity of the registration too', async () => {
    await start({ options: { authenticator: byName, access: rules } });
    const client = gate.client();
    expect(await refusal(client.call('Room-a', 'Close', 1))).toMatchObject({ reason: 'ACCESS_DENIED' });
    expect(await refusal(client.unary('CreateObject', { objectId: 'Room-a' }))).toMatchObject({
      reason: 'ACCESS_DENIED',
    });
    await client.unary('CreateObject', { objectId: 'Room-a' }, bearer('ann:staff'));
    const { clientId } = await client.register(bearer('ann:staff')).first();
    await client.unary('DeleteObject', { objectId: 'Room-a' }, { 'x-client-id': clientId });
    expect(gate.cluster.calls.map(({ verb, caller }) => [verb, caller])).toEqual([
      ['create', { userId: 'ann', roles: ['staff'] }],
      ['delete', { userId: 'ann', roles: ['staff'] }],
    ]);
  });

  it('refuse unknown clients where none of them allows it', async () => {
    await start({ options: { authenticator: byName, access: [{ type: 'Room', method: 'Say', allow: true }] } });
    expect(await http('POST', '/v1/objects/Room-a/Say')).toBe(204);
    expect(await http('POST', '/v1/objects/Room-a/Read')).toBe('UNAUTHENTICATED');
    expect(await http('PUT', '/v1/objects/Room-a')).toBe('UNAUTHENTICATED');
    expect(await http('GET', '/v1/events')).toBe('UNAUTHENTICATED');
    expect(await http('POST', '/v1/objects/Room-a/Say', bearer('?'))).toBe('UNAUTHENTICATED');
    expect(await http('POST', '/v1/objects/Room-a/Read', bearer('gus:'))).toBe(204);
  });

  it('let unknown clients register where a rule says so', async () => {
    await start({ options: { authenticator: byName, access: rules } });
    const { clientId } = await gate.client().register().first();
    expect(gate.runtime.edge.registry.find(clientId)?.identity).toBeUndefined();
  });

  it('that are not usable stop the start', async () => {
    const broken = startTestGate({ options: { access: [{ type: 'Room', allow: true, deny: true }] } });
    await expect(broken).rejects.toThrow(/access rule 1: a rule says either allow: true or deny: true/);
  });
});

describe('access rules in a file', () => {
  const write = (text: string, path = join(mkdtempSync(join(tmpdir(), 'goverse-rules-')), 'goverse.yaml')) => {
    writeFileSync(path, text);
    folders.push(join(path, '..'));
    return path;
  };
  const say = () => http('POST', '/v1/objects/Room-a/Say');

  it('that are not usable stop the start with their line', async () => {
    const path = write('gate:\n  access:\n    - { type: Room, allow: true }\n    - deny: true\n      typ: Hall\n');
    const broken = startTestGate({ options: { access: new AccessFile(path, ['gate', 'access']) as never } });
    await expect(broken).rejects.toThrow(`access rule 2 (line 4 of ${path}): a rule has no field typ`);
    const none = startTestGate({ options: { access: write('access: []\n') } });
    await expect(none).rejects.toThrow('must be a list of access rules');
    await expect(startTestGate({ options: { access: '/nowhere/rules.yaml' } })).rejects.toThrow(/cannot be read/);
  });

  it('are in force as soon as they are saved; broken ones change nothing', async () => {
    const path = write('- { type: Room, deny: true }\n');
    await start({ options: { access: path } });
    expect(await say()).toBe('ACCESS_DENIED');
    write('- { type: Hall, deny: true }\n', path);
    await expect.poll(say).toBe(204);
    write('- { type: Room, deny: tru }\n', path);
    await expect
      .poll(() => gate.log)
      .toContainEqual(expect.stringMatching(/not usable, those of before stay in force: .*access rule 1 \(line 1 of/));
    expect(await say()).toBe(204);
    write('- { type: Room, deny: true }\n', path);
    await expect.poll(say).toBe('ACCESS_DENIED');
  });
});

describe('an authenticator that is a provider', () => {
  @Injectable()
  class Accounts {
    roleOf(user: string): string {
      return user === 'ann' ? 'staff' : 'guest';
    }
  }

  @Injectable()
  class AccountAuthenticator implements Authenticator {
    constructor(private readonly accounts: Accounts) {}

    authenticate({ authorization }: Credentials): Identity | null {
      return authorization ? { userId: authorization, roles: [this.accounts.roleOf(authorization)] } : null;
    }
  }

  class Alone implements Authenticator {
    authenticate(): Identity {
      return { userId: 'anybody', roles: [] };
    }
  }

  const callAs = async (user: string) => {
    await gate.client().call('Room-a', 'Say', 1, {}, { authorization: user });
    return gate.cluster.calls.at(-1)!.caller;
  };

  it('is found by its class, with its dependencies', async () => {
    await start({ options: { authenticator: AccountAuthenticator }, providers: [Accounts, AccountAuthenticator] });
    expect(await callAs('ann')).toEqual({ userId: 'ann', roles: ['staff'] });
  });

  it('is found by a token', async () => {
    const TOKEN = Symbol('who is it');
    const provider = { provide: TOKEN, useExisting: AccountAuthenticator };
    await start({ options: { authenticator: TOKEN }, providers: [Accounts, AccountAuthenticator, provider] });
    expect(await callAs('gus')).toEqual({ userId: 'gus', roles: ['guest'] });
  });

  it('is made of a class that is no provider', async () => {
    await start({ options: { authenticator: Alone } });
    expect(await callAs('ann')).toEqual({ userId: 'anybody', roles: [] });
  });

  it('stops the start when it cannot be had', async () => {
    await expect(startTestGate({ options: { authenticator: AccountAuthenticator } })).rejects.toThrow(
      /AccountAuthenticator cannot be used: .*list its class in the providers/s,
    );
    await expect(startTestGate({ options: { authenticator: 'nobody' } })).rejects.toThrow(
      /no provider with this token/,
    );
    @Module({})
    class NotOne {}
    await expect(startTestGate({ options: { authenticator: NotOne as never } })).rejects.toThrow(
      /no method authenticate/,
    );
  });
});

describe('identity', () => {
  const forged = {
    'x-user-id': 'root',
    'user-id': 'root',
    'goverse-caller': 'root',
    'goverse-user-id': 'root',
    roles: 'staff',
    'x-roles': 'staff',
    'x-forwarded-user': 'root',
    'goverse-from-client': 'false',
  };

  it('is never taken from headers, metadata, queries or bodies', async () => {
    await start({});
    const body = { caller: { userId: 'root', roles: ['staff'] }, userId: 'root', isFromClient: false };
    await gate.client().call('Room-a', 'Say', body, body, forged);
    await fetch(`${gate.http}/v1/objects/Room-a/Say?userId=root&caller=root&access_token=root`, {
      method: 'POST',
      headers: { ...forged, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await gate.client().unary('CreateObject', { objectId: 'Room-b', ...body }, forged);
    await gate.client().unary('DeleteObject', { objectId: 'Room-b', ...body }, forged);
    await http('PUT', '/v1/objects/Room-c', forged);
    await http('DELETE', '/v1/objects/Room-c', forged);
    expect(gate.cluster.calls).toHaveLength(6);
    for (const { caller, isFromClient } of gate.cluster.calls)
      expect({ caller, isFromClient }).toEqual({ isFromClient: true });
  });

  it('of an event stream comes from the token in its address', async () => {
    await start({ options: { authenticator: byName } });
    const leave = new AbortController();
    const { status } = await fetch(`${gate.http}/v1/events?access_token=ann:staff`, { signal: leave.signal });
    expect(status).toBe(200);
    const [id] = gate.runtime.edge.registry.ids();
    expect(gate.runtime.edge.registry.find(id!)?.identity).toEqual({ userId: 'ann', roles: ['staff'] });
    leave.abort();
    expect(await http('GET', '/v1/events?access_token=nonsense')).toBe('UNAUTHENTICATED');
    expect(await http('POST', '/v1/objects/Room-a/Say?access_token=ann:staff')).toBe('UNAUTHENTICATED');
  });
});
