import { CallContext } from '../core/index.js';
import type { RuntimeLogger } from './turn-runtime.js';
import { traceOf } from './user-error.js';

type ErrorEvent = 'unhandledRejection' | 'uncaughtException';

/** Marks the listeners of guards of all copies of this package in a process. */
const GUARD = Symbol.for('nestjs-goverse:unhandled-error-guard');

/**
 * Keeps the process alive when a turn, or a promise or timer a turn left behind, fails with nobody listening: such
 * errors are logged with the object's id. Others keep Node's default, which ends the process.
 *
 * Node runs its error events in the async context of what failed, so the ambient `CallContext` names the object.
 * (Not for an error a bare `queueMicrotask` callback throws: Node has left the context by then.)
 */
export class UnhandledErrorGuard {
  private readonly listeners = new Map<ErrorEvent, (error: unknown) => void>();

  constructor(
    private readonly logger: RuntimeLogger,
    private readonly target: NodeJS.Process = process,
  ) {}

  install(): void {
    if (this.listeners.size > 0) return;
    for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
      const listener = Object.assign((error: unknown) => this.handle(event, error), { [GUARD]: true });
      this.listeners.set(event, listener);
      this.target.on(event, listener);
    }
  }

  remove(): void {
    for (const [event, listener] of this.listeners) this.target.off(event, listener);
    this.listeners.clear();
  }

  private handle(event: ErrorEvent, error: unknown): void {
    const listeners = this.target.listeners(event as 'uncaughtException');
    // Several nodes in one process have a guard each; one answer is enough.
    const guards = listeners.filter((listener) => GUARD in listener);
    if (guards[0] !== this.listeners.get(event)) return;
    const context = CallContext.current();
    if (context) return this.report(context, error);
    // Whoever else listens has decided to deal with it.
    if (listeners.length === guards.length) this.endProcess(error);
  }

  private report(context: CallContext, error: unknown): void {
    const { objectId, method, callId } = context;
    this.logger.error(`${objectId}.${method} left an error behind (call ${callId}): ${traceOf(error)}`);
  }

  private endProcess(error: unknown): void {
    for (const listener of this.target.listeners('uncaughtException')) {
      if (GUARD in listener) this.target.off('uncaughtException', listener as NodeJS.UncaughtExceptionListener);
    }
    // Thrown with no listener left, it prints and ends the process as it would have without the guard.
    setImmediate(() => {
      throw error;
    });
  }
}
