import { once } from 'node:events';
import { connect } from 'node:net';
import { closedLoop } from '../closed-loop.js';
import type { Driver, DriverConfig } from '../sample.js';
import { TEXT_LENGTH, isTextOf, textOf } from '../texts.js';

const FRAME = TEXT_LENGTH;

/** Frames of one length over one socket, those of one event-loop turn in one write; answers come in order. */
export async function open({ address = '' }: DriverConfig): Promise<Driver> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect({ host, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  let outgoing: string[] = [];
  let waiting: ((answer: string) => void)[] = [];
  let next = 0;
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let offset = 0;
    for (; offset + FRAME <= bytes.length; offset += FRAME) {
      waiting[next++]?.(bytes.toString('latin1', offset, offset + FRAME));
    }
    rest = bytes.subarray(offset);
    if (next < 4096) return;
    waiting = waiting.slice(next);
    next = 0;
  });
  const send = (): void => {
    socket.write(outgoing.join(''), 'latin1');
    outgoing = [];
  };
  const call = (n: number) =>
    new Promise<string>((resolve) => {
      waiting.push(resolve);
      if (outgoing.push(textOf(n)) === 1) setImmediate(send);
    });
  return {
    measure: (round) => closedLoop(round, call, isTextOf),
    close: () => Promise.resolve(socket.destroy()),
  };
}
