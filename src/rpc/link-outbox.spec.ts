import { describe, expect, it } from 'vitest';
import type { ObjectCall } from '../core/index.js';
import type { LinkFrame } from './link-frames.js';
import { PART_BYTES } from './bulk-lane.js';
import { FRAME_BYTES, LinkOutbox } from './link-outbox.js';
import type { QueuedCall } from './link-outbox.js';

/** Fits a frame, but not beside a part. */
const SHORT_OF_FRAME = FRAME_BYTES - 1;

/** Of three parts and a half. */
const LONG = 3.5 * PART_BYTES;

interface Recorder {
  readonly outbox: LinkOutbox;
  readonly frames: LinkFrame[];
  /** What the stream answers to the next writes. */
  takes: boolean;
  room: number;
}

function recorder(limit = 10 * FRAME_BYTES): Recorder {
  const frames: LinkFrame[] = [];
  const self: Recorder = {
    frames,
    takes: true,
    room: 0,
    outbox: new LinkOutbox(
      {
        send: (frame) => {
          frames.push(frame);
          return self.takes;
        },
        onRoom: () => self.room++,
        bulk: { call: ({ seq }) => Buffer.alloc(LONG, seq), result: ({ seq }) => Buffer.alloc(LONG, seq) },
      },
      limit,
    ),
  };
  return self;
}

class Entry implements QueuedCall {
  settled = false;
  wasWritten = false;
  readonly call: ObjectCall;
  constructor(
    readonly seq: number,
    objectId = '',
  ) {
    this.call = { objectId } as ObjectCall;
  }
  written(): void {
    this.wasWritten = true;
  }
}

const turnEnds = () => new Promise((resolve) => setImmediate(resolve));
const seqs = (frame: LinkFrame | undefined) => frame?.calls.map(({ seq }) => seq);

describe('LinkOutbox', () => {
  it('sends a burst in one frame when the turn of the event loop ends', async () => {
    const { outbox, frames } = recorder();
    outbox.addCall(new Entry(1), 100);
    await Promise.resolve();
    outbox.addCall(new Entry(2), 100);
    outbox.addCancel(9);
    expect(frames).toEqual([]);
    await turnEnds();
    expect(frames.length).toBe(1);
    expect(seqs(frames[0])).toEqual([1, 2]);
    expect(frames[0]?.cancels).toEqual([9]);
    expect(outbox.empty).toBe(true);
  });

  it('sends at once what fills a frame', () => {
    const { outbox, frames } = recorder();
    outbox.addCall(new Entry(1), FRAME_BYTES / 2);
    outbox.addCall(new Entry(2), FRAME_BYTES / 2);
    expect(seqs(frames[0])).toEqual([1, 2]);
    expect(outbox.bytes).toBe(0);
  });

  it('sends an entry that is longer than a frame alone', () => {
    const { outbox, frames } = recorder();
    outbox.addCall(new Entry(1), 10);
    outbox.addCall(new Entry(2), 3 * FRAME_BYTES);
    outbox.addCall(new Entry(3), 10);
    outbox.flush();
    expect(frames.map(seqs)).toEqual([[1], [2], [3]]);
  });

  it('waits while the stream is congested, and keeps the order', async () => {
    const self = recorder();
    self.takes = false;
    for (let seq = 1; seq <= 4; seq++) {
      self.outbox.addCall(new Entry(seq), 10);
      await turnEnds();
    }
    expect(self.frames.map(seqs)).toEqual([[1]]);
    self.takes = true;
    self.outbox.drained();
    expect(self.frames.map(seqs)).toEqual([[1], [2, 3, 4]]);
  });

  it('is full at its limit, and says when there is room again', () => {
    const self = recorder(100);
    self.takes = false;
    self.outbox.addCall(new Entry(1), 1);
    self.outbox.flush();
    self.outbox.addCall(new Entry(2), 99);
    expect(self.outbox.full).toBe(false);
    self.outbox.addCall(new Entry(3), 1);
    expect(self.outbox.full).toBe(true);
    const before = self.room;
    self.takes = true;
    self.outbox.drained();
    expect(self.outbox.full).toBe(false);
    expect(self.room).toBe(before + 1);
  });

  it('never lets control wait behind bulk', () => {
    const self = recorder();
    self.takes = false;
    self.outbox.addCall(new Entry(1), FRAME_BYTES);
    for (let seq = 2; seq < 9; seq++) self.outbox.addCall(new Entry(seq), FRAME_BYTES);
    self.outbox.addControl({ ping: 7 });
    self.outbox.addCancel(1);
    self.outbox.drained();
    expect(self.frames[1]).toMatchObject({ ping: 7, cancels: [1] });
  });

  it('marks what it sends as written, and leaves out what nobody waits for', () => {
    const { outbox, frames } = recorder();
    const [given, up] = [new Entry(1), new Entry(2)];
    up.settled = true;
    outbox.addCall(given, 10);
    outbox.addCall(up, 10);
    outbox.flush();
    expect(seqs(frames[0])).toEqual([1]);
    expect([given.wasWritten, up.wasWritten]).toEqual([true, false]);
    expect(outbox.bytes).toBe(0);
  });

  it('sends nothing after it is closed', async () => {
    const { outbox, frames } = recorder();
    outbox.addCall(new Entry(1), 10);
    outbox.close();
    await turnEnds();
    outbox.flush();
    expect(frames).toEqual([]);
  });
});

describe('what does not fit a frame', () => {
  /** A stream that takes one frame at a time, to a peer that takes parts. */
  function slow(): Recorder {
    const self = recorder();
    self.takes = false;
    self.outbox.takesParts = true;
    return self;
  }

  it('goes in parts, and short calls and results go beside them', () => {
    const { outbox, frames } = slow();
    const long = new Entry(1, 'A');
    outbox.addCall(long, LONG);
    expect(frames.map(({ part }) => part?.bytes.length)).toEqual([PART_BYTES]);
    expect(long.wasWritten).toBe(false);
    outbox.addCall(new Entry(2, 'B'), 100);
    outbox.addResult({ seq: 3, result: { payload: { kind: 'json', bytes: Buffer.alloc(0) } } }, 100);
    outbox.drained();
    expect(seqs(frames[1])).toEqual([2]);
    expect(frames[1]?.results.length).toBe(1);
    outbox.drained();
    outbox.drained();
    outbox.drained();
    expect(frames.map(({ part }) => part?.bytes.length)).toEqual([PART_BYTES, PART_BYTES, PART_BYTES, PART_BYTES / 2]);
    expect(frames.map(({ part }) => part?.last)).toEqual([false, false, false, true]);
    expect(long.wasWritten).toBe(true);
    expect([outbox.empty, outbox.bytes]).toEqual([true, 0]);
  });

  it('is not overtaken by calls to the same object, nor overtakes them', () => {
    const { outbox, frames } = slow();
    for (let seq = 1; seq <= 3; seq++) outbox.addCall(new Entry(seq, 'A'), FRAME_BYTES / 2 - 1);
    outbox.addCall(new Entry(4, 'A'), LONG);
    outbox.addCall(new Entry(5, 'A'), 100);
    outbox.addCall(new Entry(6, 'A'), SHORT_OF_FRAME);
    outbox.addCall(new Entry(7, 'A'), 100);
    outbox.addCall(new Entry(8, 'B'), 100);
    while (!outbox.empty) outbox.drained();
    const order = frames.flatMap(({ calls, part }) => [
      ...calls.map(({ seq }) => seq),
      ...(part?.last ? [part.seq] : []),
    ]);
    expect(order.filter((seq) => seq !== 8)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(order.indexOf(8)).toBeLessThan(order.indexOf(5));
    for (const { calls, part } of frames) if (part) expect(calls.length).toBeLessThanOrEqual(3);
  });

  it('ends with a cancel when nobody waits for it any more', () => {
    const { outbox, frames } = slow();
    const long = new Entry(1, 'A');
    outbox.addCall(long, LONG);
    const never = new Entry(2, 'A');
    outbox.addCall(never, LONG);
    outbox.addCall(new Entry(3, 'A'), 100);
    long.settled = never.settled = true;
    outbox.drained();
    expect(frames[1]).toMatchObject({ cancels: [1], part: undefined });
    expect(seqs(frames[1])).toEqual([3]);
    expect([outbox.empty, outbox.bytes]).toEqual([true, 0]);
  });

  it('goes as a whole to a peer that takes no parts', () => {
    const { outbox, frames } = recorder();
    outbox.addCall(new Entry(1, 'A'), LONG);
    expect(seqs(frames[0])).toEqual([1]);
    expect(frames[0]?.part).toBeUndefined();
  });
});
