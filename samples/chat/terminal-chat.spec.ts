import { describe, expect, it } from 'vitest';
import { TerminalChat } from './terminal-chat.js';

function terminal() {
  const lines: string[] = [];
  return { lines, chat: new TerminalChat('ann', (line) => lines.push(line)) };
}

describe('TerminalChat', () => {
  it('prints one line per message, and nothing in it moves the cursor', () => {
    const { lines, chat } = terminal();
    chat.message({
      room: 'lobby',
      userId: 'bob',
      content: 'two\nlines \u001b[2J\u0007',
      sentAt: '2026-01-02T03:04:05.000Z',
    });
    expect(lines).toEqual([expect.stringMatching(/^\[\d\d:\d\d\] bob: two \/ lines \ufffd\[2J\ufffd$/)]);
  });

  it('tells who comes and goes, but not that one came oneself', () => {
    const { lines, chat } = terminal();
    chat.joined('ann');
    chat.joined('bob');
    chat.left('bob');
    expect(lines).toEqual(['* bob joined', '* bob left']);
  });

  it('tells what the connection does', () => {
    const { lines, chat } = terminal();
    chat.connection({ state: 'reconnecting', retryInMs: 1_240 });
    chat.connection({ state: 'connected', clientId: 'gate:1/x' });
    expect(lines).toEqual(['* connection lost, trying again in 1.2 s', '* connected again']);
  });
});
