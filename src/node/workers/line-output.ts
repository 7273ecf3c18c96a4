import type { Readable, Writable } from 'node:stream';

/** A line longer than this leaves in pieces. */
const LONGEST_LINE = 64 * 1024;
const NEWLINE = 0x0a;

/** Writes what several processes print to one stream, whole lines, each after the name of its process. */
export class LineOutput {
  private readonly held = new Set<Readable>();

  constructor(private readonly target: Writable) {
    target.on('drain', () => this.drained());
  }

  /** Takes lines from a stream until it ends. */
  take(source: Readable, name: string): void {
    const prefix = Buffer.from(`[${name}] `);
    let rest: Buffer = Buffer.alloc(0);
    const flush = (lines: Buffer[]) => {
      if (lines.length === 0 || this.target.write(Buffer.concat(lines))) return;
      source.pause();
      this.held.add(source);
    };
    source.on('data', (chunk: Buffer) => {
      const lines: Buffer[] = [];
      let begin = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
        lines.push(prefix, rest, chunk.subarray(begin, end + 1));
        rest = Buffer.alloc(0);
        begin = end + 1;
      }
      rest = Buffer.concat([rest, chunk.subarray(begin)]);
      if (rest.length > LONGEST_LINE) {
        lines.push(prefix, rest, Buffer.of(NEWLINE));
        rest = Buffer.alloc(0);
      }
      flush(lines);
    });
    source.on('end', () => {
      this.held.delete(source);
      if (rest.length > 0) flush([prefix, rest, Buffer.of(NEWLINE)]);
    });
  }

  private drained(): void {
    for (const source of this.held) source.resume();
    this.held.clear();
  }
}
