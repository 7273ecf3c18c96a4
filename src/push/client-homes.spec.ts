import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { ClientHomes } from './client-homes.js';

const ONE = { address: '10.0.0.1:49000', tag: 'aaaaaa' };
const TWO = { address: '10.0.0.2:49000', tag: 'bbbbbb' };
const ID = `${ONE.address}/aaaaaa-the-client`;

let clock: ManualClock;
let homes: ClientHomes;

beforeEach(() => {
  clock = new ManualClock();
  homes = new ClientHomes(clock);
  arrive(ONE);
  arrive(TWO);
});

function arrive(gate: typeof ONE, adopted: string[] = []) {
  return homes.gateArrived({ ...gate, windowMs: 60_000, adopted }).waiting.map(({ message }) => String(message));
}

const gateOf = (id = ID) => homes.gateOf(id, id.split('/')[0]!);
const texts = (pushes: readonly { message: Uint8Array }[]) => pushes.map(({ message }) => String(message));
const record = (windowMs = 60_000) => ({
  clientId: ID,
  token: 't',
  lastSeq: 7,
  windowMs,
  pushes: [],
  part: 0,
  more: false,
});

describe('ClientHomes', () => {
  it('leaves a client where its id says while that gate lives, whoever asks for it', () => {
    expect(homes.stateOf(ID, TWO)).toBe('held');
    expect(homes.adopt(ID, TWO)).toEqual({ state: 'held', pushes: [] });
    expect(gateOf()).toBe(ONE.address);
  });

  it('takes a gate that does not tell its tag for one that has its clients', () => {
    const old = { address: '10.0.0.9:49000', tag: '' };
    homes.gateArrived({ ...old, windowMs: 0, adopted: [] });
    expect(homes.adopt(`${old.address}/whoever`, TWO).state).toBe('held');
    homes.gateGone(old.address);
    expect(gateOf(`${old.address}/whoever`)).toBe(old.address);
  });

  it('keeps pushes while the gate has gone, and gives them to the gate that adopts the client', () => {
    homes.gateGone(ONE.address);
    expect(gateOf()).toBeUndefined();
    homes.park(ID, Buffer.from('1'));
    homes.park(ID, Buffer.from('2'));
    expect(homes.stateOf(ID, TWO)).toBe('lost');
    const { state, client, pushes } = homes.adopt(ID, TWO);
    expect([state, client, texts(pushes)]).toEqual(['lost', undefined, ['1', '2']]);
    expect(gateOf()).toBeUndefined();
    homes.park(ID, Buffer.from('3'));
    expect(texts(homes.settle(ID, TWO, 2).pushes)).toEqual(['3']);
    expect([gateOf(), texts(homes.settle(ID, TWO, 2).pushes)]).toEqual([TWO.address, []]);
  });

  it('gives what the gate left, once; asking only changes nothing', () => {
    homes.leaveRecord(record());
    homes.gateGone(ONE.address);
    expect([homes.stateOf(ID, TWO), homes.stateOf(ID, TWO)]).toEqual(['record', 'record']);
    expect(homes.adopt(ID, TWO)).toMatchObject({ state: 'record', client: { lastSeq: 7 } });
    homes.settle(ID, TWO, 0);
    homes.gateGone(TWO.address);
    expect(homes.adopt(ID, ONE)).toMatchObject({ state: 'lost', client: undefined });
  });

  it('gives no client away before its gate has left what it has', () => {
    homes.gateLeaves(ONE.address);
    homes.park(ID, Buffer.from('1'));
    expect(homes.adopt(ID, TWO)).toEqual({ state: 'leaving', pushes: [] });
    homes.gateHasParked(ONE.address);
    expect([homes.stateOf(ID, TWO), texts(homes.adopt(ID, TWO).pushes)]).toEqual(['lost', ['1']]);
  });

  it('pushes to a gate that is about to leave, and gives none of its clients away', () => {
    homes.settle(`${TWO.address}/bbbbbb-adopted`, ONE, 0);
    homes.gateAnnouncesLeaving(ONE.address);
    const states = () => [ID, `${TWO.address}/bbbbbb-adopted`].map((id) => homes.stateOf(id, TWO));
    expect([states(), gateOf()]).toEqual([['leaving', 'leaving'], ONE.address]);
    clock.advance(60_000);
    expect(states()).toEqual(['leaving', 'leaving']);
    homes.gateLeaves(ONE.address);
    homes.gateHasParked(ONE.address);
    expect([states(), gateOf()]).toEqual([['lost', 'lost'], undefined]);
  });

  it('waits for a gate that leaves so long, and for a client no longer than until it has its record', () => {
    homes.gateLeaves(ONE.address);
    homes.gateLeaves(TWO.address);
    homes.leaveRecord(record());
    expect(homes.adopt(ID, TWO).state).toBe('record');
    clock.advance(10_000);
    expect(homes.stateOf(`${ONE.address}/aaaaaa-another`, TWO)).toBe('lost');
  });

  it('sends what waited to a gate that was only cut off, and nothing of it to another start of that gate', () => {
    homes.gateGone(ONE.address);
    homes.park(ID, Buffer.from('1'));
    expect(arrive({ ...ONE, tag: 'cccccc' })).toEqual([]);
    expect(gateOf()).toBeUndefined();
    expect(arrive(ONE)).toEqual(['1']);
    expect([gateOf(), arrive(ONE)]).toEqual([ONE.address, []]);
  });

  it('learns from a gate that registers which clients of others it has', () => {
    arrive(TWO, [ID]);
    expect(gateOf()).toBe(TWO.address);
    homes.release([ID], ONE.address);
    expect(gateOf()).toBe(TWO.address);
    homes.release([ID], TWO.address);
    expect(gateOf()).toBe(ONE.address);
  });

  it('gives a client to the first of two gates that ask, and knows of no client that nobody left', () => {
    const three = { address: '10.0.0.3:49000', tag: 'dddddd' };
    arrive(three);
    homes.gateGone(ONE.address);
    expect([homes.adopt(ID, TWO).state, homes.adopt(ID, three).state]).toEqual(['lost', 'held']);
    homes.settle(ID, TWO, 0);
    expect([homes.stateOf(ID, three), gateOf()]).toEqual(['held', TWO.address]);
    const strange = '10.0.0.9:49000/eeeeee-nobody';
    expect(homes.adopt(strange, TWO)).toEqual({ state: 'unknown', pushes: [] });
    expect(gateOf(strange)).toBe('10.0.0.9:49000');
  });

  it('believes another node that has given a client away, and says who seems to have it', () => {
    homes.leaveRecord(record());
    expect(homes.adopt(ID, TWO, true)).toMatchObject({ state: 'record', client: { lastSeq: 7 } });
    const other = `${ID}2`;
    expect(homes.adopt(other, TWO, true)).toEqual({ state: 'held', client: undefined, pushes: [] });
    expect(homes.settle(`${ID}3`, TWO, 0)).toEqual({ movedFrom: ONE.address, pushes: [] });
    expect([gateOf(other), gateOf(`${ID}3`)]).toEqual([undefined, TWO.address]);
  });

  it('keeps all it gave until the gate says that it has got it: that gate may die, or not want it any more', () => {
    homes.leaveRecord(record());
    homes.gateGone(ONE.address);
    homes.park(ID, Buffer.from('1'));
    const given = { state: 'record', client: { lastSeq: 7 }, pushes: [{ seq: 0 }] };
    expect(homes.adopt(ID, TWO)).toMatchObject(given);
    homes.release([ID], TWO.address);
    expect(homes.adopt(ID, TWO)).toMatchObject(given);
    homes.gateGone(TWO.address);
    expect(homes.adopt(ID, ONE)).toMatchObject(given);
  });

  it('keeps what comes for a client whose gate leaves before it has said that it has got the client', () => {
    homes.gateGone(ONE.address);
    homes.park(ID, Buffer.from('1'));
    homes.adopt(ID, TWO);
    homes.park(ID, Buffer.from('2'));
    homes.gateLeaves(TWO.address);
    expect(homes.settle(ID, TWO, 1).pushes).toEqual([]);
    homes.gateHasParked(TWO.address);
    expect(texts(homes.adopt(ID, ONE).pushes)).toEqual(['2']);
  });

  it('tells a gate that comes back which of its clients are at another one', () => {
    const ofTwo = `${TWO.address}/bbbbbb-client`;
    homes.gateGone(ONE.address);
    homes.gateGone(TWO.address);
    const three = { address: '10.0.0.3:49000', tag: 'dddddd', windowMs: 60_000, adopted: [] };
    homes.gateArrived(three);
    for (const id of [ID, ofTwo]) homes.settle(id, three, 0);
    expect(homes.gateArrived({ ...ONE, windowMs: 60_000, adopted: [ofTwo] }).moved).toEqual([ofTwo, ID]);
    expect([gateOf(), gateOf(ofTwo)]).toEqual([three.address, three.address]);
  });

  it('gives a gate that comes with a client what waited for it', () => {
    homes.gateGone(ONE.address);
    homes.park(ID, Buffer.from('1'));
    expect([arrive(TWO, [ID]), gateOf()]).toEqual([['1'], TWO.address]);
  });

  it('refuses a gate with clients that are none', () => {
    expect(() => arrive(TWO, ['nobody'])).toThrow(expect.objectContaining({ reason: 'INVALID_CLIENT_ID' }));
    expect(arrive(ONE)).toEqual([]);
  });

  it('puts the parts of a record together, and gives away none that is not whole', () => {
    const part = (n: number, more: boolean) => ({
      ...record(),
      part: n,
      more,
      pushes: [{ seq: n + 1, at: 0, message: Buffer.from(`${n}`) }],
    });
    homes.gateGone(ONE.address);
    homes.leaveRecord(part(0, true));
    homes.leaveRecord(part(0, true));
    homes.leaveRecord(part(1, true));
    expect(() => homes.leaveRecord(part(1, true))).toThrow(expect.objectContaining({ reason: 'INVALID_ARGUMENT' }));
    expect(homes.stateOf(ID, TWO)).toBe('lost');
    homes.leaveRecord(part(2, false));
    expect(texts(homes.adopt(ID, TWO).client!.pushes)).toEqual(['0', '1', '2']);
    homes.gateGone(TWO.address);
    homes.leaveRecord(part(0, true));
    expect(homes.adopt(ID, ONE)).toMatchObject({ state: 'lost', client: undefined });
  });

  it('forgets gates, records, pushes and adoptions when the window is over', () => {
    homes.adopt(`${ONE.address}/zzzzzz-of-an-older-start`, TWO);
    homes.gateGone(ONE.address);
    homes.gateGone(TWO.address);
    homes.leaveRecord(record(30_000));
    homes.park(ID, Buffer.from('1'));
    clock.advance(30_000);
    expect(homes.stateOf(ID, TWO)).toBe('lost');
    clock.advance(30_010);
    expect(homes.stateOf(ID, TWO)).toBe('unknown');
    expect(gateOf(`${ONE.address}/zzzzzz-of-an-older-start`)).toBe(ONE.address);
    expect(texts(homes.adopt(ID, TWO).pushes)).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps so many messages and bytes for one client', () => {
    homes.gateGone(ONE.address);
    const many = Array.from({ length: 1_025 }, () => homes.park(ID, Buffer.from('x')));
    expect([many.filter(Boolean).length, many.at(-1)]).toEqual([1_024, false]);
    const other = `${ID}2`;
    const big = Buffer.alloc(3 * 1024 * 1024);
    expect([homes.park(other, big), homes.park(other, big)]).toEqual([true, false]);
  });

  it('takes no more records than it has room for', () => {
    const message = Buffer.alloc(100 * 1024 * 1024);
    const big = (n: number) => ({ ...record(), clientId: `${ID}${n}`, pushes: [{ seq: 1, at: 0, message }] });
    homes.leaveRecord(big(1));
    homes.leaveRecord(big(2));
    expect(() => homes.leaveRecord(big(3))).toThrow(expect.objectContaining({ reason: 'QUEUE_FULL' }));
    homes.adopt(`${ID}1`, TWO);
    homes.settle(`${ID}1`, TWO, 0);
    homes.leaveRecord(big(3));
  });
});
