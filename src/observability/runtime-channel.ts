import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';

/**
 * One kind of runtime event, over a channel of `node:diagnostics_channel`: other code of the process may listen by the
 * channel's name. Events are plain data. While nobody listens an event costs one question, so ask `watched` before making it.
 */
export class RuntimeChannel<Event extends object> {
  private readonly channel;

  constructor(readonly name: string) {
    this.channel = channel(name);
  }

  get watched(): boolean {
    return this.channel.hasSubscribers;
  }

  publish(event: Event): void {
    this.channel.publish(event);
  }

  /**
   * Calls `listener` in the statement that publishes; what it throws becomes an uncaught exception, never one of the
   * publisher. Returns how to stop listening.
   */
  listen(listener: (event: Event) => void): () => void {
    const heard = (message: unknown) => listener(message as Event);
    subscribe(this.name, heard);
    return () => void unsubscribe(this.name, heard);
  }
}
