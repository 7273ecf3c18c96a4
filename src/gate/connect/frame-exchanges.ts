import { goverseError } from '../../core/index.js';
import type { FrameExchange } from './frame-exchange.js';

/** Every open stream of frames of this gate, registered or not. */
export class FrameExchanges {
  private readonly open = new Set<FrameExchange>();
  private readonly emptyListeners: (() => void)[] = [];
  private leaving = false;

  get size(): number {
    return this.open.size;
  }

  /** Throws `NOT_READY` once the clients have been told to go elsewhere. */
  assertOpen(): void {
    if (this.leaving) throw goverseError('NOT_READY', 'This gate is stopping; connect to another one');
  }

  add(exchange: FrameExchange): void {
    this.open.add(exchange);
    if (this.leaving) queueMicrotask(() => exchange.goAway());
  }

  remove(exchange: FrameExchange): void {
    this.open.delete(exchange);
    if (this.open.size === 0) for (const listener of this.emptyListeners.splice(0)) listener();
  }

  /** Tells every client to go elsewhere, those that come later too. */
  goAway(): void {
    this.leaving = true;
    for (const exchange of [...this.open]) exchange.goAway();
  }

  /** Cuts every stream. */
  destroy(): void {
    for (const exchange of [...this.open]) exchange.destroy();
  }

  /** Resolves when no stream is open. */
  whenEmpty(): Promise<void> {
    if (this.open.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.emptyListeners.push(resolve));
  }
}
