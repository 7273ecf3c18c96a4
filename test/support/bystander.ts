import { RawClient } from './raw-client.js';

/** A client that minds its own business while others misbehave: one call after the other, every one must be answered. */
export class Bystander {
  private readonly client: RawClient;
  private readonly loop: Promise<void>;
  private stopped = false;
  private answered = 0;
  private failure: unknown;
  private longestMs = 0;

  constructor(gateAddress: string) {
    this.client = new RawClient(gateAddress);
    this.loop = this.run();
  }

  /** Ends it; rejects if it was not served. Resolves to how many calls were answered, and the longest time one took. */
  async stop(): Promise<{ answered: number; longestMs: number }> {
    this.stopped = true;
    await this.loop;
    this.client.close();
    if (this.failure) throw new Error('A bystander was not served', { cause: this.failure });
    return { answered: this.answered, longestMs: this.longestMs };
  }

  private async run(): Promise<void> {
    while (!this.stopped && this.failure === undefined) {
      const began = performance.now();
      try {
        const value = await this.client.call('Echo-bystander', 'Echo', this.answered);
        if (value !== this.answered) throw new Error(`It got ${JSON.stringify(value)} instead of ${this.answered}`);
        this.answered++;
      } catch (error) {
        this.failure = error;
      }
      this.longestMs = Math.max(this.longestMs, performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
