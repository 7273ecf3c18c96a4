import { describe, expect, it } from 'vitest';
import { PayloadCodec, MessageRegistry } from '../core/index.js';
import { PushedMessage } from './pushed-message.js';
import type { QueuedPush } from './push-sink.js';
import { slowClientPolicy } from './slow-client-policy.js';

const codec = new PayloadCodec(MessageRegistry.load([]));
const message = (type: string, data: unknown) =>
  new PushedMessage(codec.encodePush({ type, data }), (any) => codec.decodePush(any));
const queueOf = (...messages: PushedMessage[]): QueuedPush[] => messages.map((each) => ({ seq: 0, message: each }));

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
    expect(queue.map((waiting) => waiting.message)).toEqual([trade]);
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
    expect(queue.map((waiting) => waiting.message)).toEqual([b, none]);
  });
});
