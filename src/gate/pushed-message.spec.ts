import { expect, it } from 'vitest';
import { PushedMessage } from './pushed-message.js';

it('is encoded once, however many clients get it', () => {
  let reads = 0;
  const message = new PushedMessage(Buffer.from('any'), () => ({ type: 'Chat', data: { n: ++reads, text: 'a\nb' } }));
  expect(message.sseEvent).toBe(message.sseEvent);
  expect(message.sseEvent.toString()).toBe('event: message\ndata: {"type":"Chat","data":{"n":1,"text":"a\\nb"}}\n\n');
  expect(reads).toBe(1);
});

it('reaches clients as base64 when this gate cannot read it', () => {
  const message = new PushedMessage(Buffer.from([1, 2]), () => {
    throw new Error('unknown wire type');
  });
  expect(message.sseEvent.toString()).toBe('event: message\ndata: {"type":"","data":"AQI="}\n\n');
});
