import type { GoverseClient, Push } from 'nestjs-goverse/client';
import { TestCluster } from 'nestjs-goverse/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatMessage, RoomView } from './chat-messages.js';
import { ChatRoom } from './chat-room.js';

describe('ChatRoom', () => {
  let cluster: TestCluster;
  let rooms = 0;

  beforeAll(async () => {
    cluster = await TestCluster.start({ nodes: 1, gates: 2, providers: [ChatRoom] });
  });

  afterAll(() => cluster.stop());

  /** A room nobody has been in. */
  const newRoom = () => `ChatRoom-room${++rooms}`;

  const join = (client: GoverseClient, room: string, userId: string) =>
    client.callObject<RoomView>(room, 'Join', { userId });

  const say = (client: GoverseClient, room: string, userId: string, content: string) =>
    client.callObject<ChatMessage>(room, 'SendMessage', { userId, content });

  async function nextPushes(pushes: AsyncIterator<Push>, count: number): Promise<Push[]> {
    const received: Push[] = [];
    while (received.length < count) received.push((await pushes.next()).value as Push);
    return received;
  }

  it('pushes who comes, what is said and who goes to every member, on every gate', async () => {
    const room = newRoom();
    const [ann, bob] = [await cluster.connect(0), await cluster.connect(1)];
    const pushes = ann[Symbol.asyncIterator]();
    expect(await join(ann, room, 'ann')).toEqual({ room: room.slice(9), members: ['ann'], history: [] });
    expect((await join(bob, room, 'bob')).members).toEqual(['ann', 'bob']);
    const sent = await say(bob, room, 'bob', 'hi');
    await bob.callObject(room, 'Leave', { userId: 'bob' });
    expect(await nextPushes(pushes, 4)).toEqual([
      { type: 'MemberJoined', data: { room: room.slice(9), userId: 'ann' } },
      { type: 'MemberJoined', data: { room: room.slice(9), userId: 'bob' } },
      { type: 'ChatMessage', data: { room: room.slice(9), userId: 'bob', content: 'hi', sentAt: sent.sentAt } },
      { type: 'MemberLeft', data: { room: room.slice(9), userId: 'bob' } },
    ]);
    expect(new Date(sent.sentAt).toISOString()).toBe(sent.sentAt);
  });

  it('remembers the last 100 messages, all with different times', async () => {
    const room = newRoom();
    const ann = await cluster.connect();
    await join(ann, room, 'ann');
    for (let n = 1; n <= 103; n++) await say(ann, room, 'ann', `message ${n}`);
    const history = await ann.callObject<ChatMessage[]>(room, 'History');
    expect(history.map(({ content }) => content)).toEqual(Array.from({ length: 100 }, (_, n) => `message ${n + 4}`));
    expect(new Set(history.map(({ sentAt }) => sentAt)).size).toBe(100);
    expect((await join(ann, room, 'ann')).history).toEqual(history);
  });

  it('refuses what somebody says who is no member', async () => {
    const ann = await cluster.connect();
    await expect(say(ann, newRoom(), 'ann', 'hi')).rejects.toMatchObject({
      reason: 'NOT_A_MEMBER',
      code: 'FAILED_PRECONDITION',
    });
  });

  it('moves the membership to the client that joins last, and tells the one that loses it', async () => {
    const room = newRoom();
    const [before, after] = [await cluster.connect(0), await cluster.connect(1)];
    const [lost, got] = [before[Symbol.asyncIterator](), after[Symbol.asyncIterator]()];
    await join(before, room, 'ann');
    expect((await join(after, room, 'ann')).members).toEqual(['ann']);
    await before.callObject(room, 'Leave', { userId: 'ann' });
    await say(after, room, 'ann', 'still here');
    expect((await nextPushes(lost, 2)).map(({ type }) => type)).toEqual(['MemberJoined', 'MemberLeft']);
    expect(await nextPushes(got, 1)).toMatchObject([{ type: 'ChatMessage', data: { content: 'still here' } }]);
  });

  it('forgets members whose client has gone, and tells the others', async () => {
    const room = newRoom();
    const [ann, bob] = [await cluster.connect(0), await cluster.connect(1)];
    const left = new Promise((resolve) => ann.on('MemberLeft', resolve));
    await join(ann, room, 'ann');
    await join(bob, room, 'bob');
    await bob.close();
    await expect
      .poll(async () => {
        await say(ann, room, 'ann', 'anybody?');
        return ann.callObject(room, 'Members');
      })
      .toEqual(['ann']);
    expect(await left).toEqual({ room: room.slice(9), userId: 'bob' });
  });

  it.each([
    ['Join', {}, /userId/],
    ['Join', { userId: '   ' }, /userId/],
    ['Join', { userId: 'a'.repeat(65) }, /userId/],
    ['Join', undefined, /object|argument/i],
    ['SendMessage', { userId: 'ann', content: '' }, /content/],
    ['SendMessage', { userId: 'ann', content: ' \n ' }, /content must not be blank/],
    ['SendMessage', { userId: 'ann', content: 'a'.repeat(2001) }, /content/],
  ])('refuses %s of %o', async (method, argument, message) => {
    const ann = await cluster.connect();
    const call = ann.callObject(newRoom(), method, argument);
    await expect(call).rejects.toMatchObject({ reason: 'INVALID_ARGUMENT' });
    await expect(call).rejects.toThrow(message);
  });

  it('does not count spaces around a name', async () => {
    const room = newRoom();
    expect((await join(await cluster.connect(), room, '  ann ')).members).toEqual(['ann']);
  });

  it('lets one join who gets no pushes, because no gate knows that client', async () => {
    const room = newRoom();
    const url = `http://${cluster.gates[0]!.httpAddress}/v1/objects/${room}`;
    const post = (method: string, body: object) =>
      fetch(`${url}/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect(await (await post('Join', { userId: 'curl' })).json()).toMatchObject({ members: ['curl'] });
    expect((await post('SendMessage', { userId: 'curl', content: 'from a script' })).status).toBe(200);
    expect((await post('Leave', { userId: 'curl' })).status).toBe(204);
  });
});
