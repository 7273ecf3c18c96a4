import { GoverseError, goverseError } from '../core/errors.js';
import type { ClientRequest } from './transport.js';
import { describeRequest } from './transport.js';

interface OpenRequest {
  readonly request: ClientRequest;
  settle(outcome: Outcome): void;
}

type Outcome = GoverseError | { readonly value: unknown; readonly objectId: string };

const LAST_SEQ = 0xffff_ffff;

/** The requests of one stream that wait for their answer, by the number they were sent with. */
export class OpenRequests {
  private readonly open = new Map<number, OpenRequest>();
  private lastSeq = 0;

  /** A number that no open request has. */
  nextSeq(): number {
    do this.lastSeq = this.lastSeq === LAST_SEQ ? 1 : this.lastSeq + 1;
    while (this.open.has(this.lastSeq));
    return this.lastSeq;
  }

  /**
   * Settles with the answer; rejects with the reason of `signal` when the caller gives up first.
   * @param abandoned called then
   */
  wait(seq: number, request: ClientRequest, signal: AbortSignal, abandoned: () => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.open.delete(seq);
        abandoned();
        reject(signal.reason);
      };
      const settle = (outcome: Outcome) => {
        this.open.delete(seq);
        signal.removeEventListener('abort', abort);
        if (outcome instanceof GoverseError) reject(outcome);
        else resolve(request.verb === 'create' ? outcome.objectId : outcome.value);
      };
      this.open.set(seq, { request, settle });
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** An answer nobody waits for any more is left out. */
  answer(seq: number, outcome: Outcome): void {
    this.open.get(seq)?.settle(outcome);
  }

  /** The stream is gone: what it carried may have run. */
  breakAll(cause: GoverseError): void {
    for (const open of [...this.open.values()]) open.settle(outcomeUnknown(open.request, cause));
  }

  /** The gate has answered everything it took and ended the stream: what is left did not reach it in time. */
  refuseAll(cause: GoverseError): void {
    for (const open of [...this.open.values()]) open.settle(notTaken(open.request, cause));
  }
}

function notTaken(request: ClientRequest, cause: GoverseError): GoverseError {
  return goverseError('NOT_READY', `The gate stopped before it took ${describeRequest(request)}: ${cause.message}`, {
    cause,
  });
}

/** The connection is gone, and nobody knows how far the request got. */
export function outcomeUnknown(request: ClientRequest, cause: unknown, why = (cause as Error).message): GoverseError {
  const what = describeRequest(request);
  return goverseError('OUTCOME_UNKNOWN', `The connection broke before ${what} was answered; it may have run: ${why}`, {
    cause,
  });
}
