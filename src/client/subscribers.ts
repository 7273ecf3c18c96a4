/** Handlers of one kind of event. */
export class Subscribers<E> {
  private readonly handlers = new Set<(event: E) => void>();

  /** Returns the unsubscription. The same function may be added twice. */
  add(handler: (event: E) => void): () => void {
    const own = (event: E) => handler(event);
    this.handlers.add(own);
    return () => this.handlers.delete(own);
  }

  tell(event: E): void {
    for (const handler of [...this.handlers]) callSafely(() => handler(event));
  }
}

/** A handler that throws is a fault of the application, reported like any uncaught error; the stream goes on. */
export function callSafely(handler: () => void): void {
  try {
    handler();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
