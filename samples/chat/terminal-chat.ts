import type { ConnectionChange } from 'nestjs-goverse/client';
import type { ChatMessage } from './chat-messages.js';
import type { RoomListener, RoomMembership } from './room-membership.js';

export const HELP = [
  '/members   who is in the room',
  '/history   the last messages',
  '/join      come back after the same name joined from elsewhere',
  '/quit      leave (Ctrl-C and the end of the input too)',
  '/help      this list',
];

/** What a room looks like in a terminal: one line per thing that happens, one line per thing to do. */
export class TerminalChat implements RoomListener {
  constructor(
    private readonly user: string,
    private readonly print: (line: string) => void,
  ) {}

  welcome(room: string, members: readonly string[]): void {
    this.note(`you are ${this.user} in ${room}; here: ${members.join(', ')} (/help)`);
  }

  /** Does what a line says and prints what goes wrong; resolves false when it asks to leave. */
  async obey(line: string, membership: RoomMembership): Promise<boolean> {
    const text = line.trim();
    if (text === '/quit') return false;
    try {
      if (text.startsWith('/')) await this.command(text, membership);
      else if (text !== '') await membership.say(text);
    } catch (error) {
      this.failed(error);
    }
    return true;
  }

  message({ userId, content, sentAt }: ChatMessage): void {
    this.print(`[${new Date(sentAt).toTimeString().slice(0, 5)}] ${visible(userId)}: ${visible(content)}`);
  }

  joined(userId: string): void {
    if (userId !== this.user) this.note(`${userId} joined`);
  }

  left(userId: string): void {
    this.note(`${userId} left`);
  }

  lost(): void {
    this.note(`${this.user} joined from another window; /join brings the room back here`);
  }

  connection({ state, retryInMs, error }: ConnectionChange): void {
    if (state === 'connected') this.note('connected again');
    if (state === 'reconnecting')
      this.note(`connection lost, trying again in ${((retryInMs ?? 0) / 1000).toFixed(1)} s`);
    if (state === 'closed' && error?.reason !== 'CANCELLED') this.failed(error);
  }

  failed(error: unknown): void {
    this.note(`error: ${error instanceof Error ? error.message : String(error)}`);
  }

  private async command(text: string, membership: RoomMembership): Promise<void> {
    if (text === '/help') for (const line of HELP) this.print(line);
    else if (text === '/members') this.note(`here: ${(await membership.members()).join(', ')}`);
    else if (text === '/history') for (const message of await membership.history()) this.message(message);
    else if (text === '/join') this.note(`here: ${(await membership.join()).join(', ')}`);
    else this.note(`there is no command ${text}; /help lists them`);
  }

  private note(text: string): void {
    this.print(`* ${visible(text)}`);
  }
}

/** What others wrote must not move the cursor or change colours. */
function visible(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' / ').replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}
