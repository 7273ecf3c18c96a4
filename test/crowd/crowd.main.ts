import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** Connections that are being opened at a time. */
const AT_ONCE = 200;

const [address = '', count = '0'] = process.argv.slice(2);
const [host, port] = address.split(':');
const streams: Socket[] = [];
let messages = 0;

/** Opens one event stream; resolves when its client is registered. */
function open(): Promise<void> {
  const socket = connect(Number(port), host);
  streams.push(socket);
  socket.setEncoding('latin1');
  socket.write(`GET /v1/events HTTP/1.1\r\nHost: ${address}\r\n\r\n`);
  return new Promise((resolve, reject) => {
    socket.on('error', reject).on('close', () => reject(new Error('An event stream has ended')));
    socket.on('data', (text: string) => {
      messages += text.split('event: message\n').length - 1;
      if (text.includes('event: register')) resolve();
    });
  });
}

async function openAll(): Promise<void> {
  let left = Number(count);
  const worker = async () => {
    while (left-- > 0) await open();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  console.log(`open ${streams.length}`);
}

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'pause') {
    for (const stream of streams) stream.pause();
    console.log('paused');
  } else console.log(`messages ${messages}`);
});
process.stdin.on('end', () => process.exit(0));

await openAll();
