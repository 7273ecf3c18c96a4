import { GoverseError, fromNestException, outward, uniqueId } from '../core/index.js';
import type { GateLogger } from './gate-logger.js';

/** Turns whatever was thrown into what a client may see. */
export class ClientErrors {
  /** What has been hidden keeps its trace id when it passes another boundary. */
  private readonly hidden = new WeakSet<GoverseError>();

  constructor(private readonly logger: GateLogger) {}

  /**
   * A `GoverseError` is meant for clients and stays as it is, except `METHOD_FAILED`: its text is hidden behind
   * "internal error" and the trace id, which the log of the node (or of this gate) carries too. Nest's own exceptions
   * are translated (wire.md, "Errors"). What an error says for callers in the cluster alone is left out.
   * @param traceId the call id, if there is one
   */
  forClient(error: unknown, traceId: string = uniqueId()): GoverseError {
    const known = error instanceof GoverseError ? error : fromNestException(error);
    if (!known) this.logFault(error, traceId);
    if (known && (known.reason !== 'METHOD_FAILED' || this.hidden.has(known))) return outward(known);
    const hidden = new GoverseError({
      reason: 'METHOD_FAILED',
      code: known?.code,
      message: 'internal error',
      details: { traceId },
    });
    this.hidden.add(hidden);
    return hidden;
  }

  /** What is neither is a fault of the gate or of user code in it. */
  private logFault(error: unknown, traceId: string): void {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.logger.error(`A request of a client failed in the gate (trace id ${traceId}): ${what}`);
  }
}
