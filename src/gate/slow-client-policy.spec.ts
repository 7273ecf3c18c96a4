import { describe, expect, it } from 'vitest';
import { PayloadCodec, MessageRegistry } from '../core/index.js';
import { PushedMessage } from './pushed-message.js';
import { PushQueue } from './push-queue.js';
import { slowClientPolicy } from './slow-client-policy.js';

const codec = new PayloadCodec(MessageRegistry.load([]));
const message = (type: string, data: unknown) =>
  new PushedMessage(codec.encodePush({ type, data }), (any) => codec.decodePush(any));
const queueOf = (...messages: PushedMessage[]): PushQueue => {
  const queue = new PushQueue({ messages: 10, bytes: 1024 });
  for (const each of messages) queue.add(each);
  return queue;
};

describe('slowClientPolicy', () => {
  it('knows what to do with a message for a full queue', () => {
    const actions = ['reject', 'dropOldest', 'disconnect', 'conflate', 'conflate:id'].map(
      (name) => slowClientPolicy(name).whenFull,
    );
    expect(actions).toEqual(['refused', 'dropped', 'disconnected', 'refused', 'refused']);
  });

  it('conflates messages of one type', () => {
    const [price, trade, newer] = [message('Price', 1), message('Trade', 1), message('Price', 2)];
    const queue = queueOf(price, trade);
    expect(slowClientPolicy('conflate').supersede!(queue, newer)).toBe(true);
    expect(queue.all()).toEqual([trade]);
    expect(slowClientPolicy('conflate').supersede!(queue, newer)).toBe(false);
  });

  it('conflates messages of one type with the same value of a field, and none without it', () => {
    const { supersede } = slowClientPolicy('conflate:symbol');
    const [a, b, none] = [
      message('Price', { symbol: 'A', at: 1 }),
      message('Price', { symbol: 'B', at: 1 }),
      message('Price', 5),
    ];
    const queue = queueOf(a, b, none);
    expect(supersede!(queue, message('Price', { symbol: 'A', at: 2 }))).toBe(true);
    expect(supersede!(queue, message('Other', { symbol: 'B' }))).toBe(false);
    expect(supersede!(queue, message('Price', 6))).toBe(false);
    expect(queue.all()).toEqual([b, none]);
  });
});
