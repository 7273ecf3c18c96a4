import { expect } from 'vitest';
import type { Protocol, ProtocolClient } from './protocol.js';
import { refusalOf } from './protocol.js';

/** What a scenario may use. */
export interface Stage {
  readonly protocol: Protocol;
  /** A client of the gate that takes everybody; closed after the scenario. */
  client(): ProtocolClient;
  /** A client of the gate that asks who comes, with a token; closed after the scenario. */
  guarded(token?: string): ProtocolClient;
  /** An object id of this scenario alone. */
  id(type: string): string;
}

export interface Scenario {
  readonly what: string;
  play(stage: Stage): Promise<void>;
}

/** Code and status of each reason the scenarios provoke. */
const STATUS: Readonly<Record<string, readonly [string, number]>> = {
  ACCESS_DENIED: ['PERMISSION_DENIED', 403],
  CLIENT_ID_NOT_YOURS: ['PERMISSION_DENIED', 403],
  UNAUTHENTICATED: ['UNAUTHENTICATED', 401],
  PAYLOAD_TOO_LARGE: ['RESOURCE_EXHAUSTED', 413],
  OVERLOADED: ['RESOURCE_EXHAUSTED', 429],
  ALREADY_EXISTS: ['ALREADY_EXISTS', 409],
  TYPE_MISMATCH: ['ALREADY_EXISTS', 409],
};

export async function expectRefusal({ protocol }: Stage, answer: Promise<unknown>, reason: string): Promise<void> {
  const [code, http] = STATUS[reason] as readonly [string, number];
  expect(await refusalOf(answer)).toMatchObject({ reason, status: protocol.status === 'code' ? code : http });
}

const VALUES: readonly unknown[] = [0, 1.5, 'hé 🎮', '', true, false, null, [], [1, [2]], {}, { a: [1, { b: null }] }];

/** What every protocol of a gate must do, whatever it looks like. */
export const SCENARIOS: readonly Scenario[] = [
  {
    what: 'a call gives back what the method returns',
    async play(stage) {
      const client = stage.client();
      for (const argument of VALUES)
        expect(await client.call({ objectId: 'Echo-conformance', method: 'Echo', argument }).answer).toEqual(argument);
      expect(await client.call({ objectId: 'Echo-conformance', method: 'Nothing' }).answer).toBeUndefined();
      expect(await client.call({ objectId: 'Echo-conformance', method: 'Echo' }).answer).toBeUndefined();
    },
  },
  {
    what: 'a call reaches ids with every character, with their type given separately',
    async play(stage) {
      const client = stage.client();
      for (const objectId of [
        'free text',
        'shard#5/Echo-a',
        'a/b'.replace('a/', 'shard#7/'),
        `${'ж'.repeat(127)}x`,
        'a?b#c%d',
      ])
        expect(await client.call({ objectId, type: 'Echo', method: 'Context' }).answer).toMatchObject({ objectId });
    },
  },
  {
    what: 'calls of one client to one object keep their order',
    async play(stage) {
      const client = stage.client();
      const objectId = stage.id('Echo');
      await client.call({ objectId, method: 'Echo', argument: 0 }).answer;
      const counted = Array.from({ length: 10 }, () => client.call({ objectId, method: 'Echo', argument: 1 }).answer);
      await Promise.all(counted);
      expect(await client.call({ objectId, method: 'Calls' }).answer).toBe(11);
    },
  },
  {
    what: 'an object is created once, and gone when it is deleted',
    async play(stage) {
      const { native } = stage.protocol;
      const client = stage.client();
      const objectId = stage.id('Echo');
      const wanted = { objectId, argument: native ? { seed: 1 } : undefined };
      expect(await client.create(wanted)).toEqual({ id: objectId, ...(native ? { created: true } : {}) });
      expect(await client.create(wanted)).toEqual({ id: objectId, ...(native ? { created: false } : {}) });
      expect(await client.call({ objectId, method: 'CreatedWith' }).answer).toEqual(wanted.argument);
      await client.call({ objectId, method: 'Echo', argument: 1 }).answer;
      await client.delete({ objectId });
      expect(await client.call({ objectId, method: 'Calls' }).answer).toBe(0);
      await client.delete({ objectId: stage.id('Echo') });
    },
  },
  {
    what: 'one id has one type',
    async play(stage) {
      const client = stage.client();
      const objectId = stage.id('Echo');
      await client.create({ objectId });
      await expectRefusal(stage, client.call({ objectId, type: 'Relay', method: 'Echo' }).answer, 'TYPE_MISMATCH');
      await expectRefusal(stage, client.create({ objectId, type: 'Relay' }), 'ALREADY_EXISTS');
    },
  },
  {
    what: 'pushes reach the client that called, in their order',
    async play(stage) {
      const client = stage.client();
      const clientId = await client.register();
      expect(clientId).toMatch(/^127\.0\.0\.1:\d+\/[\w-]{20}$/);
      const pushed = client.call({ objectId: stage.id('Pusher'), method: 'Push', argument: { count: 20 }, clientId });
      expect(await pushed.answer).toEqual({ [clientId]: { delivered: 20 } });
      for (let n = 0; n < 20; n++) expect(await client.nextPush()).toEqual({ type: 'Note', data: { n, text: '' } });
    },
  },
  {
    what: 'a client id of somebody else lends nothing',
    async play(stage) {
      const [owner, stranger] = [stage.client(), stage.client()];
      const clientId = await owner.register();
      await stranger.register();
      for (const id of [clientId, `${clientId.slice(0, -1)}_`, 'nonsense'])
        await expectRefusal(
          stage,
          stranger.call({ objectId: 'Echo-1', method: 'Context', clientId: id }).answer,
          'CLIENT_ID_NOT_YOURS',
        );
    },
  },
  {
    what: 'the calls of a client that leaves are cancelled, and it is forgotten unless it may come back',
    async play(stage) {
      const [client, other] = [stage.client(), stage.client()];
      const objectId = stage.id('Slow');
      const clientId = await client.register();
      const held = client.call({ objectId, method: 'Hold', clientId });
      await other.call({ objectId, method: 'Running', argument: 1 }).answer;
      client.leave();
      expect(await other.call({ objectId, method: 'Aborted', argument: 1 }).answer).toBe(1);
      await held.answer.catch(() => undefined);
      const push = { objectId: stage.id('Pusher'), method: 'PushReport', argument: { clientIds: [clientId] } };
      const report = () => other.call(push).answer;
      const gone = { delivered: 0, failed: [{ clientId, reason: 'CLIENT_NOT_CONNECTED' }] };
      // A stream of events may have been closed or have broken: its client is waited for.
      if (stage.protocol.knowsLeaving) await expect.poll(report).toEqual(gone);
      else expect(await report()).toEqual({ delivered: 1, failed: [] });
    },
  },
  {
    what: 'a cancelled call is cancelled at the object',
    async play(stage) {
      const [client, other] = [stage.client(), stage.client()];
      const objectId = stage.id('Slow');
      const held = client.call({ objectId, method: 'Hold' });
      await other.call({ objectId, method: 'Running', argument: 1 }).answer;
      held.cancel();
      expect(await other.call({ objectId, method: 'Aborted', argument: 1 }).answer).toBe(1);
      // Its client goes on.
      expect(await client.call({ objectId: 'Echo-1', method: 'Echo', argument: 1 }).answer).toBe(1);
    },
  },
  {
    what: 'the deadline of a call reaches the object',
    async play(stage) {
      const wanted = { objectId: 'Echo-1', method: 'Context', timeoutMs: 7_000 };
      const { remainingMs } = (await stage.client().call(wanted).answer) as { remainingMs: number };
      expect(remainingMs).toBeGreaterThan(0);
      expect(remainingMs).toBeLessThanOrEqual(7_000);
    },
  },
  {
    what: 'an argument above the limit is refused, and the client goes on',
    async play(stage) {
      const client = stage.client();
      const large = { objectId: 'Echo-1', method: 'Nothing', argument: 'x'.repeat(2 ** 20) };
      await expectRefusal(stage, client.call(large).answer, 'PAYLOAD_TOO_LARGE');
      expect(await client.call({ ...large, argument: 'x'.repeat(2 ** 20 - 1024) }).answer).toBeUndefined();
    },
  },
  {
    what: 'what a full mailbox cannot take is refused',
    async play(stage) {
      const client = stage.client();
      const objectId = stage.id('Slow');
      const hold = () => client.call({ objectId, method: 'Hold' });
      const first = hold();
      await client.call({ objectId, method: 'Running', argument: 1 }).answer;
      const others = [hold(), hold(), hold()];
      await expectRefusal(stage, Promise.race(others.map(({ answer }) => answer)), 'OVERLOADED');
      for (const call of [first, ...others]) call.cancel();
    },
  },
  {
    what: 'who does not say who he is gets in nowhere',
    async play(stage) {
      for (const token of [undefined, 'nobody']) {
        const anonymous = () => stage.guarded(token);
        const reason = 'UNAUTHENTICATED';
        await expectRefusal(stage, anonymous().call({ objectId: 'Echo-1', method: 'Echo' }).answer, reason);
        await expectRefusal(stage, anonymous().create({ objectId: stage.id('Echo') }), reason);
        await expectRefusal(stage, anonymous().delete({ objectId: stage.id('Echo') }), reason);
        await expectRefusal(stage, anonymous().register(), reason);
      }
    },
  },
  {
    what: 'who says who he is, is that at every object of the chain',
    async play(stage) {
      const ann = stage.guarded('ann:staff');
      const caller = { userId: 'ann', roles: ['staff'] };
      expect(await ann.call({ objectId: 'Echo-1', method: 'Context' }).answer).toMatchObject({
        caller,
        isFromClient: true,
      });
      const through = { objectId: 'Echo-1', method: 'Context' };
      const nested = ann.call({ objectId: stage.id('Relay'), method: 'Call', argument: through });
      expect(await nested.answer).toMatchObject({ caller, isFromClient: false });
      const clientId = await ann.register();
      expect(await ann.call({ objectId: 'Echo-1', method: 'Context', clientId }).answer).toMatchObject({
        caller,
        clientId,
      });
    },
  },
  {
    what: 'access rules hold for calls, creation and deletion',
    async play(stage) {
      const [ann, gus] = [stage.guarded('ann:staff'), stage.guarded('gus:')];
      const objectId = stage.id('Slow');
      await expectRefusal(stage, ann.call({ objectId: 'Faulty-1', method: 'Plain' }).answer, 'ACCESS_DENIED');
      await expectRefusal(
        stage,
        ann.call({ objectId: 'hidden', type: 'Faulty', method: 'Plain' }).answer,
        'ACCESS_DENIED',
      );
      await expectRefusal(stage, gus.create({ objectId }), 'ACCESS_DENIED');
      expect(await ann.create({ objectId })).toMatchObject({ id: objectId });
      await expectRefusal(stage, gus.delete({ objectId }), 'ACCESS_DENIED');
      await ann.delete({ objectId });
      await expectRefusal(stage, ann.call({ objectId: 'Echo-1', method: 'Secret' }).answer, 'ACCESS_DENIED');
    },
  },
];
