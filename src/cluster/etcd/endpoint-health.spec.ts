import { GRPCInvalidArgumentError, GRPCUnavailableError } from 'etcd3';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { EndpointHealth } from './endpoint-health.js';

const [A, B] = ['a:2379', 'b:2379'] as const;

function health(...endpoints: string[]) {
  const clock = new ManualClock();
  return { clock, health: new EndpointHealth(endpoints, clock) };
}

describe('EndpointHealth', () => {
  it('leaves an endpoint out that did not answer, for 5 s, then longer each time up to a minute', () => {
    const { clock, health: it } = health(A, B);
    for (const rest of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      expect(it.isLeftOut(A)).toBe(false);
      it.failed(A);
      clock.advance(rest - 1);
      expect(it.isLeftOut(A)).toBe(true);
      clock.advance(1);
    }
    it.works(A);
    it.failed(A);
    clock.advance(5_000);
    expect(it.isLeftOut(A)).toBe(false);
  });

  it('counts requests that failed together once', () => {
    const { clock, health: it } = health(A, B);
    for (let n = 0; n < 10; n++) it.failed(A);
    clock.advance(5_000);
    expect(it.isLeftOut(A)).toBe(false);
  });

  it('leaves nobody out when all of them failed', () => {
    const { health: it } = health(A, B);
    it.failed(A);
    it.failed(B);
    expect([A, B].map((endpoint) => it.isLeftOut(endpoint))).toEqual([false, false]);
    it.works(B);
    expect([A, B].map((endpoint) => it.isLeftOut(endpoint))).toEqual([true, false]);
  });

  it('hears of failures from the requests themselves, and refuses those to an endpoint that rests', async () => {
    const { health: it } = health(A, B);
    const policy = it.policyOf(A);
    const request = (error?: Error) =>
      policy.execute(() => (error ? Promise.reject(error) : Promise.resolve('answer')));
    expect(await request()).toBe('answer');
    await expect(request(new GRPCInvalidArgumentError('etcd said no'))).rejects.toThrow('said no');
    expect(await request()).toBe('answer');
    await expect(request(new GRPCUnavailableError('nobody there'))).rejects.toThrow('nobody there');
    await expect(request()).rejects.toThrow(`The endpoint ${A} of etcd did not answer lately`);
  });

  it('knows the endpoint of a stream that does not answer', async () => {
    const { health: it } = health(A, B);
    const stream = {};
    await it.policyOf(A).execute(() => stream as never);
    expect(it.isLeftOut(A)).toBe(false);
    it.silent(stream);
    expect(it.isLeftOut(A)).toBe(true);
  });
});
