import { describe, expect, it } from 'vitest';
import { SseParser } from './sse-parser.js';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('SseParser', () => {
  it('reads name, data and id of an event', () => {
    const events = new SseParser().push(bytes('id: 7\nevent: message\ndata: {"a":1}\n\n'));
    expect(events).toEqual([{ event: 'message', data: '{"a":1}', id: '7' }]);
  });

  it('joins several data lines and keeps the last id', () => {
    const events = new SseParser().push(bytes('id: 1\ndata: a\ndata:b\n\nevent: x\ndata\n\n'));
    expect(events).toEqual([
      { event: 'message', data: 'a\nb', id: '1' },
      { event: 'x', data: '', id: '1' },
    ]);
  });

  it('leaves out comments, unknown fields and events without data', () => {
    expect(new SseParser().push(bytes(': hello\nretry: 5\nevent: x\n\n: more\n\n'))).toEqual([]);
  });

  it('understands every line end', () => {
    const parser = new SseParser();
    const events = [...parser.push(bytes('data: a\r\n\r\ndata: b\r\rdata: c\r')), ...parser.push(bytes('\n\r\n'))];
    expect(events.map(({ data }) => data)).toEqual(['a', 'b', 'c']);
  });

  it('gives the same events wherever the stream is cut, also inside a character', () => {
    const stream = bytes(
      'event: register\ndata: {"clientId":"g/ü€😀"}\n\nid: 2\ndata: {"text":"naïve 漢字"}\r\n\r\nevent: heartbeat\ndata: {}\n\n',
    );
    const whole = new SseParser().push(stream);
    expect(whole).toHaveLength(3);
    for (let first = 0; first <= stream.length; first++) {
      for (const second of [first, Math.floor((first + stream.length) / 2)]) {
        const parser = new SseParser();
        const parts = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
        expect(parts.flatMap((part) => parser.push(part))).toEqual(whole);
      }
    }
  });
});
