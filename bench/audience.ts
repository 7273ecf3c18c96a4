import { closedLoop } from './closed-loop.js';
import type { Driver } from './sample.js';
import { numberOf, textOf } from './texts.js';

/** Clients that hear every message. */
export const LISTENERS = 500;

interface Telling {
  left: number;
  readonly done: () => void;
}

/** What is said to all listeners, and what each of them has heard: everything, once, in order, or the run fails. */
export class Audience {
  private said = 0;
  private readonly heardUpTo = Array.from({ length: LISTENERS }, () => 0);
  private readonly tellings = new Map<number, Telling>();
  private failure: Error | undefined;

  /** A listener got a message. */
  heard(listener: number, text: string): void {
    const n = numberOf(text);
    const expected = this.heardUpTo[listener] as number;
    if (n !== expected) this.failure ??= new Error(`Listener ${listener} heard message ${n} instead of ${expected}`);
    this.heardUpTo[listener] = n + 1;
    const telling = this.tellings.get(n);
    if (telling === undefined || --telling.left > 0) return;
    this.tellings.delete(n);
    telling.done();
  }

  /** The rounds of a driver whose `say` brings a text to all listeners; one count is one delivery. */
  rounds(say: (text: string) => unknown, close: Driver['close']): Driver {
    const tell = async () => {
      const n = this.said++;
      const everybody = new Promise<void>((done) => this.tellings.set(n, { left: LISTENERS, done }));
      await Promise.all([say(textOf(n)), everybody]);
      if (this.failure) throw this.failure;
      return n;
    };
    return {
      measure: async (round) => {
        const sample = await closedLoop(round, tell, (n) => typeof n === 'number');
        return { ...sample, count: sample.count * LISTENERS };
      },
      close,
    };
  }
}

/** Opens something for each listener, some at a time, so that no backlog of connections overflows. */
export async function forEachListener<T>(open: (listener: number) => Promise<T>): Promise<T[]> {
  const opened: T[] = [];
  for (let first = 0; first < LISTENERS; first += 50) {
    const some = Array.from({ length: Math.min(50, LISTENERS - first) }, (_, index) => open(first + index));
    opened.push(...(await Promise.all(some)));
  }
  return opened;
}
