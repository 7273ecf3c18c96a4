import type { Clock } from '../core/index.js';
import { goverseError, isNodeAddress, randomFraction, systemClock } from '../core/index.js';
import { REGISTERED_MESSAGE, encodeEnvelope, encodeMovedClients, encodeWantedClients } from '../rpc/index.js';
import type { AdoptAnswer, AdoptRequest, EnvelopeReport, GateIntroduction } from '../rpc/index.js';
import { ClientHomes } from './client-homes.js';
import type { GateSink } from './gate-stream.js';
import { GateStream } from './gate-stream.js';
import { PendingReports } from './pending-reports.js';
import type { PushReport } from './push-report.js';

const DEFAULT_REPORT_TIMEOUT_MS = 5000;

/** Client ids in one message to a gate. */
const IDS_PER_MESSAGE = 4_096;

export interface GateStreamsOptions {
  /** Messages that may wait for one gate. */
  readonly gateQueueLimit: number;
  readonly clock?: Clock | undefined;
  /** Milliseconds a gate may take to report; default 5 s. */
  readonly reportTimeoutMs?: number | undefined;
}

/** The gates that are registered with this node, each with its stream and queue. */
export class GateStreams {
  private readonly streams = new Map<string, GateStream>();
  private readonly links = new Map<string, number>();
  private readonly reports: PendingReports;
  /** Where clients are that are not at the gate of their id. */
  readonly homes: ClientHomes;
  /** Gates that have said that they go: their last reports are still on the way. */
  private readonly leaving = new Set<GateStream>();
  private lastPushId: number;

  constructor(private readonly options: GateStreamsOptions) {
    this.homes = new ClientHomes(options.clock ?? systemClock);
    this.reports = new PendingReports(
      options.clock ?? systemClock,
      options.reportTimeoutMs ?? DEFAULT_REPORT_TIMEOUT_MS,
    );
    // A gate may still report to this address what a process before this one pushed: the ids must not meet. Below 2^53.
    this.lastPushId = Math.floor(randomFraction() * 2 ** 32) * 2 ** 20;
  }

  /** Addresses of the registered gates. */
  gates(): string[] {
    return [...this.streams.keys()];
  }

  /** Registers a gate; an earlier stream of the same address ends. Throws `INVALID_ARGUMENT` for what is no address. */
  attach(gateAddress: string, sink: GateSink, introduction?: Omit<GateIntroduction, 'address'>): void {
    if (!isNodeAddress(gateAddress)) {
      throw goverseError(
        'INVALID_ARGUMENT',
        `gate_addr must be the advertised host:port of the gate, not ${JSON.stringify(gateAddress)}`,
      );
    }
    this.streams.get(gateAddress)?.end();
    const stream: GateStream = new GateStream(sink, this.options.gateQueueLimit, () =>
      this.detach(gateAddress, stream),
    );
    this.streams.set(gateAddress, stream);
    stream.push(REGISTERED_MESSAGE);
    const gate = { address: gateAddress, tag: '', windowMs: 0, adopted: [], ...introduction };
    const { moved, waiting } = this.homes.gateArrived(gate);
    while (moved.length > 0) stream.push(encodeMovedClients(moved.splice(0, IDS_PER_MESSAGE)), true);
    for (const { clientId, message } of waiting) sendKept(stream, clientId, message);
  }

  /** A client has come to another gate (ADR 0017). */
  adopt(request: AdoptRequest): AdoptAnswer {
    const { clientId, gateAddr: address, clientTag: tag, askOnly, decided, settled, received } = request;
    const gate = { address, tag };
    if (askOnly) return { state: this.askFor(clientId, gate), pushes: [] };
    if (!settled) return this.homes.adopt(clientId, gate, decided);
    const { movedFrom, pushes } = this.homes.settle(clientId, gate, received);
    if (movedFrom !== undefined) this.streams.get(movedFrom)?.push(encodeMovedClients([clientId]), true);
    const stream = this.streams.get(address);
    for (const { message } of pushes) if (stream) sendKept(stream, clientId, message);
    return { state: 'unknown', pushes: [] };
  }

  private askFor(clientId: string, gate: { address: string; tag: string }): AdoptAnswer['state'] {
    const state = this.homes.stateOf(clientId, gate);
    // A gate that is about to leave serves its clients until others ask for them.
    if (state === 'leaving')
      this.streams.get(this.homes.addressOf(clientId))?.push(encodeWantedClients([clientId]), true);
    return state;
  }

  /** A gate goes: pushes to its clients wait here from now on, and its stream ends after what has been sent. */
  leave(gateAddress: string): void {
    const stream = this.streams.get(gateAddress);
    if (!stream) return;
    this.leaving.add(stream);
    this.streams.delete(gateAddress);
    this.homes.gateLeaves(gateAddress);
    stream.finish();
  }

  /** The gate has a Link to this node: from now on it can report. */
  linkUp(gateAddress: string): void {
    this.links.set(gateAddress, (this.links.get(gateAddress) ?? 0) + 1);
  }

  linkDown(gateAddress: string): void {
    const left = (this.links.get(gateAddress) ?? 0) - 1;
    if (left > 0) this.links.set(gateAddress, left);
    else {
      this.links.delete(gateAddress);
      this.homes.gateHasParked(gateAddress);
    }
  }

  /** A gate without a Link cannot tell what became of a push: the push then ends when it is queued. */
  canReport(gateAddress: string): boolean {
    return this.links.has(gateAddress);
  }

  /** Of an envelope that wants a report. */
  nextPushId(): number {
    return ++this.lastPushId;
  }

  /**
   * Queues an encoded envelope, at once and in order. With a push id the promise is the gate's report; without one (0) it
   * resolves to undefined when the envelope is queued. Rejects `GATE_NOT_CONNECTED`, `QUEUE_FULL`.
   */
  async send(gateAddress: string, envelope: Buffer, pushId: number): Promise<PushReport | undefined> {
    const stream = this.streams.get(gateAddress);
    if (!stream) {
      throw goverseError(
        'GATE_NOT_CONNECTED',
        `Gate ${gateAddress} is not registered with this node; it may be gone, or come back in a moment`,
      );
    }
    if (!stream.push(envelope)) {
      throw goverseError(
        'QUEUE_FULL',
        `The queue of this node for gate ${gateAddress} is full (${stream.queued} messages); push slower or drop the message`,
      );
    }
    return pushId === 0 ? undefined : this.reports.expect(gateAddress, pushId);
  }

  /** Keeps a push for a client whose gate has gone, until another gate takes the client. Throws `QUEUE_FULL`. */
  park(clientId: string, message: Uint8Array): void {
    if (this.homes.park(clientId, message)) return;
    throw goverseError(
      'QUEUE_FULL',
      `The gate of the client ${clientId} has gone and this node keeps as much for it as it may; drop the message`,
    );
  }

  /** A gate told what became of an envelope. */
  report(gateAddress: string, report: EnvelopeReport): void {
    this.reports.take(gateAddress, report);
  }

  /** Ends every stream; the gates register elsewhere or again. Idempotent. */
  close(): void {
    for (const stream of [...this.streams.values()]) stream.end();
  }

  private detach(gateAddress: string, stream: GateStream): void {
    if (this.leaving.delete(stream)) return;
    if (this.streams.get(gateAddress) === stream) {
      this.streams.delete(gateAddress);
      this.homes.gateGone(gateAddress);
    }
    this.reports.failGate(gateAddress);
  }
}

/** It was taken before: it is not refused now, whatever waits. */
function sendKept(stream: GateStream, clientId: string, message: Uint8Array): void {
  stream.push(encodeEnvelope({ clientIds: [clientId], message, pushId: 0 }), true);
}
