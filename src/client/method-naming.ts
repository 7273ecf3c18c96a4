import { hasReason } from '../core/errors.js';

/** More than the methods of any application; beyond it is learnt anew. */
const REMEMBERED = 2000;

/**
 * Finds the wire names of methods of which a proxy knows only the names of their properties: `@Method() join()` is
 * `join`, `@Method('Join') join()` is `Join`. What an object does not know has not run, so the other one may be tried.
 */
export class MethodNaming {
  private readonly known = new Map<string, string>();

  /** @param call makes the call under a wire name */
  async call<R>(type: string, property: string, call: (name: string) => Promise<R>): Promise<R> {
    const capital = property.charAt(0).toUpperCase() + property.slice(1);
    if (capital === property) return call(property);
    const key = `${type}.${property}`;
    const first = this.known.get(key) ?? property;
    try {
      return await call(first);
    } catch (error) {
      if (!hasReason(error, 'METHOD_NOT_FOUND')) throw error;
      return this.callOther(key, first === property ? capital : property, error, call);
    }
  }

  private async callOther<R>(key: string, name: string, before: Error, call: (name: string) => Promise<R>): Promise<R> {
    try {
      const result = await call(name);
      this.remember(key, name);
      return result;
    } catch (error) {
      if (hasReason(error, 'METHOD_NOT_FOUND')) throw before;
      this.remember(key, name);
      throw error;
    }
  }

  private remember(key: string, name: string): void {
    if (this.known.size >= REMEMBERED) this.known.clear();
    this.known.set(key, name);
  }
}
