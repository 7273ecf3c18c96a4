import { statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Clock, TimerHandle } from '../../core/index.js';

/** Milliseconds between two looks at the file. */
const LOOK_EVERY_MS = 500;

/**
 * Tells when a file has changed and has stayed the same for one look: half-written files are waited for. Looks at it
 * again and again rather than listening to the file system, which misses files behind links that are exchanged, as
 * container platforms do it.
 */
export class FileWatch {
  private timer: TimerHandle;
  /** The state the owner has seen; taken at once, so that no change is missed. */
  private known: string;
  private last: string | undefined;
  private running = false;

  constructor(
    private readonly path: string,
    private readonly changed: () => void,
    private readonly clock: Clock,
  ) {
    this.known = stateOf(() => statSync(path));
  }

  start(): void {
    this.running = true;
    void this.look();
  }

  stop(): void {
    this.running = false;
    this.clock.clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    const state = await this.state();
    // It may have been stopped while the file was looked at.
    if (!this.running) return;
    if (state !== this.known && state === this.last) {
      this.known = state;
      this.changed();
    }
    this.last = state;
    this.timer = this.clock.setTimeout(() => void this.look(), LOOK_EVERY_MS);
  }

  private async state(): Promise<string> {
    const found = await stat(this.path).catch((error: unknown) => error as Error);
    return stateOf(() => {
      if (found instanceof Error) throw found;
      return found;
    });
  }
}

function stateOf(look: () => Stats): string {
  try {
    const { mtimeMs, size, ino } = look();
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}
