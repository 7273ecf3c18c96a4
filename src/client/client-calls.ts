import { GoverseError, hasReason } from '../core/errors.js';
import { backoffDelay } from './backoff-delay.js';
import type { CallScope } from './call-scope.js';
import type { CallScopes } from './call-scopes.js';
import type { ClientSettings } from './client-options.js';
import type { Connection } from './connection.js';
import { encodeArgument } from './json-argument.js';
import type { ClientRequest } from './transport.js';
import { describeRequest } from './transport.js';

/** How one call is to be made. */
export interface ClientCallOptions {
  /** Type of the object, for ids that do not begin with `<Type>-`. */
  type?: string;
  /** Milliseconds until `DEADLINE_EXCEEDED`; default: the client's, 30 000. */
  timeoutMs?: number;
  /** Cancels the call, on the executing node and in every nested call. */
  signal?: AbortSignal;
  /**
   * Running it twice does no harm: it is sent again when the connection broke before the answer came, instead of
   * rejecting with `OUTCOME_UNKNOWN`. Default false.
   */
  idempotent?: boolean;
}

export type Verb = Pick<ClientRequest, 'verb' | 'objectId' | 'method'>;

/** Sends the requests of a client to the gate it is registered with, and to the next one if that is safe. */
export class ClientCalls {
  constructor(
    private readonly connection: Connection,
    private readonly scopes: CallScopes,
    private readonly settings: ClientSettings,
  ) {}

  async execute(verb: Verb, arg: unknown, options: ClientCallOptions = {}): Promise<unknown> {
    const { type = '', timeoutMs = this.settings.timeoutMs, signal, idempotent = false } = options;
    const request: ClientRequest = { ...verb, type, argument: encodeArgument(arg), timeoutMs };
    return this.scopes.run(describeRequest(verb), timeoutMs, signal, (scope) => this.send(request, scope, idempotent));
  }

  private async send(request: ClientRequest, scope: CallScope, idempotent: boolean): Promise<unknown> {
    const { backoffMs, maxBackoffMs } = this.settings;
    for (let attempt = 0; ; attempt++) {
      const gate = await this.connection.gate(scope.signal);
      const timeoutMs = attempt === 0 ? request.timeoutMs : scope.remainingMs;
      scope.refusal = undefined;
      try {
        return await gate.execute({ ...request, timeoutMs }, scope.signal);
      } catch (error) {
        if (scope.signal.aborted || !(error instanceof GoverseError)) throw error;
        if (!wasRefused(error) && !(idempotent && error.reason === 'OUTCOME_UNKNOWN')) throw error;
        scope.refusal = error;
        await this.connection.left(gate, backoffDelay(attempt, backoffMs, maxBackoffMs), scope.signal);
      }
    }
  }
}

/** A gate or a node did not run it because it stops, is gone or does not know yet who will: the next one may. */
function wasRefused(error: GoverseError): boolean {
  return error.retryable && hasReason(error, 'NOT_READY', 'NO_OWNER', 'NOT_OWNER', 'FENCED', 'GATE_NOT_CONNECTED');
}
