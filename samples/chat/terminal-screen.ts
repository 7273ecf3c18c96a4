import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';

const PROMPT = '> ';

/** Lines in and lines out. With a terminal, what is being typed stays below what is printed; in a pipe, lines are just lines. */
export class TerminalScreen {
  private readonly isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  private readline: Interface | undefined;
  private closed = false;

  /** The lines that are typed, until the end of the input, Ctrl-C or `close`. */
  async *lines(): AsyncGenerator<string> {
    if (this.closed) return;
    // Not before somebody reads: lines of a pipe that come earlier would be lost.
    const readline = createInterface({
      input: process.stdin,
      ...(this.isTerminal ? { output: process.stdout, prompt: PROMPT } : {}),
      terminal: this.isTerminal,
    });
    this.readline = readline;
    readline.once('SIGINT', () => this.close());
    this.ask();
    for await (const line of readline) {
      // What was typed comes back as a message of the room.
      if (this.isTerminal && line !== '') process.stdout.write('\u001b[1A\u001b[2K');
      yield line;
      this.ask();
    }
  }

  print(line: string): void {
    process.stdout.write(this.isTerminal ? `\r\u001b[2K${line}\n` : `${line}\n`);
    if (this.isTerminal && !this.closed) this.readline?.prompt(true);
  }

  /** Ends `lines`; printing still works. */
  close(): void {
    this.closed = true;
    this.readline?.close();
  }

  private ask(): void {
    if (this.isTerminal && !this.closed) this.readline?.prompt();
  }
}
