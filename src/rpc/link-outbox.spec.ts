import { describe, expect, it } from 'vitest';
import type { ObjectCall } from '../core/index.js';
import type { LinkFrame } from './link-frames.js';
import { FRAME_BYTES, LinkOutbox } from './link-outbox.js';
import type { QueuedCall } from './link-outbox.js';

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
      },
      limit,
    ),
  };
  return self;
}

class Entry implements QueuedCall {
  settled = false;
  wasWritten = false;
  readonly call = {} as ObjectCall;
  constructor(readonly seq: number) {}
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
