import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CallContext } from './call-context.js';

const context = (callId: string) =>
  new CallContext({
    objectId: 'Room-a',
    method: 'Join',
    callId,
    deadline: 1_000,
    signal: new AbortController().signal,
    isFromClient: false,
    chain: [],
  });

async function callIdLater(): Promise<string | undefined> {
  await setImmediate();
  return CallContext.current()?.callId;
}

describe('CallContext', () => {
  it('is there in everything a turn awaits, and nowhere else', async () => {
    const turn = context('1');
    const seen = CallContext.run(turn, async () => {
      await setImmediate();
      return CallContext.current();
    });
    expect(CallContext.current()).toBeUndefined();
    expect(await seen).toBe(turn);
  });

  it('is not mixed up between turns that run beside each other', async () => {
    const turns = ['1', '2', '3'].map((id) => CallContext.run(context(id), callIdLater));
    expect(await Promise.all(turns)).toEqual(['1', '2', '3']);
  });

  it('can be left', () => {
    CallContext.run(context('1'), () => {
      expect(CallContext.exit(() => CallContext.current())).toBeUndefined();
      expect(CallContext.current()?.callId).toBe('1');
    });
  });
});
