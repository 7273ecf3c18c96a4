import type { PushMessage } from '../core/index.js';
import { GRPC_CODES, GoverseError, goverseError, parseClientId } from '../core/index.js';
import { encodeEnvelope } from '../rpc/index.js';
import type { PushFailure } from '../rpc/index.js';
import { batchesByGate } from './client-batches.js';
import type { GateStreams } from './gate-streams.js';
import type { PushReport } from './push-report.js';
import { sumReports } from './push-report.js';

/** Stands for the gate of clients whose gate has gone. */
const NO_GATE = '';

/** What the service needs of its node. */
export interface PushServiceParts {
  readonly gates: GateStreams;
  /** `PayloadCodec` of the node. */
  readonly codec: { encodePush(message: PushMessage): Uint8Array };
  readonly maxPayloadBytes: number;
  /** Throws when this node may not act any more (`FENCED`), or not yet. */
  readonly assertMayPush?: () => void;
}

/**
 * Sends messages from objects to clients that are connected at a gate (docs/guarantees.md, Push). Every message is copied
 * at the call; messages of one object to one client arrive in the order of the calls. Nothing waits for a slow client,
 * and nothing is kept beyond the client's queue on its gate, or here while its gate has gone and it may come back at another.
 */
export class PushService {
  constructor(private readonly parts: () => PushServiceParts) {}

  /**
   * Resolves when the client's gate has put the message into that client's queue; or when this node keeps it, because that
   * gate has gone and its clients may still come back at another one (`resumeWindowMs` of the gate).
   * Rejects `INVALID_CLIENT_ID`, `GATE_NOT_CONNECTED` (the gate is not registered here, or did not answer within 5 s), `CLIENT_NOT_CONNECTED` (the
   * gate does not have that client), `QUEUE_FULL` (of this node for the gate, or of the gate for the client),
   * `PAYLOAD_TOO_LARGE`.
   */
  async pushMessageToClient(clientId: string, message: PushMessage): Promise<void> {
    const parts = this.usable();
    const named = parseClientId(clientId).gateAddress;
    const any = encode(parts, message);
    const gateAddress = parts.gates.homes.gateOf(clientId, named);
    if (gateAddress === undefined) return parts.gates.park(clientId, any);
    const pushId = parts.gates.canReport(gateAddress) ? parts.gates.nextPushId() : 0;
    const envelope = encodeEnvelope({ clientIds: [clientId], message: any, pushId });
    const report = await parts.gates.send(gateAddress, envelope, pushId);
    if (report && report.delivered === 0)
      throw notDelivered(clientId, report.failed[0]?.reason ?? 'CLIENT_NOT_CONNECTED');
  }

  /**
   * Sends one message to many clients; a client named twice gets it once. Rejects `INVALID_CLIENT_ID` naming the ids
   * before anything is sent, and `PAYLOAD_TOO_LARGE`; every other failure is in the report.
   */
  async pushMessageToClients(clientIds: Iterable<string>, message: PushMessage): Promise<PushReport> {
    const parts = this.usable();
    const batches = batchesByGate(clientIds, (id, named) => parts.gates.homes.gateOf(id, named) ?? NO_GATE);
    const any = encode(parts, message);
    return sumReports(
      await Promise.all(
        batches.map(({ gateAddress, clientIds: ids }) => {
          if (gateAddress === NO_GATE) return Promise.resolve(parkAll(parts, ids, any));
          const pushId = parts.gates.canReport(gateAddress) ? parts.gates.nextPushId() : 0;
          const sent = parts.gates.send(gateAddress, encodeEnvelope({ clientIds: ids, message: any, pushId }), pushId);
          return reportOf(sent, ids, ids.length);
        }),
      ),
    );
  }

  /**
   * Sends one message to every client of every gate that is registered with this node. `delivered` is the sum of what
   * the gates report; a gate that got nothing is named in `failed` as `<gate address>/*`.
   */
  async broadcastToAllClients(message: PushMessage): Promise<PushReport> {
    const parts = this.usable();
    const any = encode(parts, message);
    const pushId = parts.gates.nextPushId();
    const reported = encodeEnvelope({ message: any, pushId });
    return sumReports(
      await Promise.all(
        parts.gates.gates().map((gateAddress) => {
          const canReport = parts.gates.canReport(gateAddress);
          const envelope = canReport ? reported : encodeEnvelope({ message: any, pushId: 0 });
          return reportOf(parts.gates.send(gateAddress, envelope, canReport ? pushId : 0), [`${gateAddress}/*`], 0);
        }),
      ),
    );
  }

  private usable(): PushServiceParts {
    const parts = this.parts();
    parts.assertMayPush?.();
    return parts;
  }
}

/** Each for itself: the clients may come back at different gates. */
function parkAll({ gates }: PushServiceParts, ids: readonly string[], any: Uint8Array): PushReport {
  const failed = ids.filter((id) => !gates.homes.park(id, any)).map((clientId) => ({ clientId, reason: 'QUEUE_FULL' }));
  return { delivered: ids.length - failed.length, failed };
}

function encode({ codec, maxPayloadBytes }: PushServiceParts, message: PushMessage): Uint8Array {
  const any = codec.encodePush(message);
  if (any.length <= maxPayloadBytes) return any;
  throw goverseError(
    'PAYLOAD_TOO_LARGE',
    `The pushed message has ${any.length} bytes; ${maxPayloadBytes} are allowed (maxPayloadBytes)`,
  );
}

/** A gate that cannot report counts as having delivered to `unreported` clients; one that failed has failed for all ids. */
async function reportOf(
  sent: Promise<PushReport | undefined>,
  ids: readonly string[],
  unreported: number,
): Promise<PushReport> {
  try {
    return (await sent) ?? { delivered: unreported, failed: [] };
  } catch (error) {
    const { reason } = GoverseError.from(error);
    const failed: PushFailure[] = ids.map((clientId) => ({ clientId, reason }));
    return { delivered: 0, failed };
  }
}

function notDelivered(clientId: string, reason: string): GoverseError {
  if (reason === 'CLIENT_NOT_CONNECTED') {
    return goverseError('CLIENT_NOT_CONNECTED', `The client ${clientId} is not connected any more; forget its id`);
  }
  if (reason === 'QUEUE_FULL') {
    return goverseError(
      'QUEUE_FULL',
      `The client ${clientId} reads too slowly, its queue on the gate is full; push slower or drop the message`,
    );
  }
  const message = `The gate did not deliver the message to the client ${clientId}: ${reason}`;
  return GoverseError.fromWire({ reason, code: GRPC_CODES.UNAVAILABLE, message, retryable: false });
}
