import type { PassThrough } from 'node:stream';
import * as ws from 'ws';
import { describe, expect, it } from 'vitest';
import { textFrame } from './text-frame.js';

/** What the reader of `ws` makes of bytes. */
function readByWs(bytes: Buffer): Promise<{ text: string; isBinary: boolean }[]> {
  // Its types keep it quiet.
  const { Receiver } = ws as unknown as { Receiver: new (options: object) => PassThrough };
  const receiver = new Receiver({ isServer: false, maxPayload: 2 ** 24 });
  const messages: { text: string; isBinary: boolean }[] = [];
  receiver.on('message', (data: Buffer, isBinary: boolean) => messages.push({ text: data.toString(), isBinary }));
  return new Promise((resolve, reject) => {
    receiver.on('error', reject);
    receiver.on('finish', () => resolve(messages));
    receiver.end(bytes);
  });
}

describe('textFrame', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_000])('is a message of %i bytes', async (length) => {
    const text = 'x'.repeat(length);
    expect(await readByWs(textFrame(text))).toEqual([{ text, isBinary: false }]);
  });

  it('joins its parts, and follows another', async () => {
    const frames = [textFrame('{"a":', Buffer.from('"жx"'), '}'), textFrame('second')];
    expect(await readByWs(Buffer.concat(frames))).toEqual([
      { text: '{"a":"жx"}', isBinary: false },
      { text: 'second', isBinary: false },
    ]);
  });
});
