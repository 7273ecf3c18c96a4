import { connect } from 'node:net';
import type { Line, LineListener, OpenLine } from './line.js';

/** `GET /v1/events` over a bare socket. */
export const openEventLine: OpenLine = ({ http }, { token, received }, listener): Line => {
  const [host, port] = http.split(':');
  const socket = connect(Number(port), host);
  const lines = [
    `GET /v1/events${token ? `?token=${token}` : ''} HTTP/1.0`,
    `Host: ${http}`,
    ...(token ? [`Last-Event-ID: ${received}`] : []),
  ];
  socket.setEncoding('utf8');
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  let text = '';
  let inBody = false;
  socket.on('data', (chunk: string) => {
    const blocks = (text + chunk).split(inBody ? '\n\n' : /\r\n\r\n|\n\n/);
    text = blocks.pop() ?? '';
    // The head of the answer is the first block.
    if (!inBody && blocks.length > 0) {
      inBody = true;
      if (!blocks.shift()!.startsWith('HTTP/1.1 200')) socket.destroy();
    }
    for (const block of blocks) take(block, listener);
  });
  socket.on('error', () => undefined);
  socket.on('close', () => listener.ended());
  return { cut: () => socket.destroy() };
};

function take(block: string, listener: LineListener): void {
  const name = /^event: (\w+)$/m.exec(block)?.[1];
  const data = JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? 'null') as Record<string, unknown>;
  if (name === 'register')
    listener.registered(String(data['clientId']), String(data['token']), data['resumed'] === true);
  const id = /^id: (\d+)$/m.exec(block)?.[1];
  if (name === 'message') listener.pushed((data['data'] as { n: number }).n, Number(id));
}
