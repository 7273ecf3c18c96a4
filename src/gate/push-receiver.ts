import type { EnvelopeReport, PushEnvelope, PushFailure } from '../rpc/index.js';
import type { ClientRegistry } from './client-registry.js';
import type { PushReader } from './pushed-message.js';
import { PushedMessage } from './pushed-message.js';

/** Puts the envelopes of nodes into the queues of clients. */
export class PushReceiver {
  constructor(
    private readonly registry: ClientRegistry,
    private readonly read: PushReader,
  ) {}

  /** Delivers an envelope, in the order of calls, and says who got it. Never waits and never throws. */
  receive({ clientIds, message, pushId }: PushEnvelope): EnvelopeReport {
    const pushed = new PushedMessage(message, this.read);
    const failed: PushFailure[] = [];
    let delivered = 0;
    for (const clientId of clientIds ?? this.registry.ids()) {
      const delivery = this.registry.deliver(clientId, pushed);
      if (delivery === 'delivered') delivered++;
      else failed.push({ clientId, reason: delivery });
    }
    return { pushId, delivered, failed };
  }
}
