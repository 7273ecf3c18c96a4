import { RawGateClient } from '../raw-gate-client.js';
import type { RawAny } from '../raw-protocol.js';
import { readJsonAny } from '../raw-protocol.js';
import type { RawStream } from '../raw-stream.js';
import { argumentAny, valueOfAny } from './any-value.js';
import { refusing } from './grpc-refusal.js';
import type { Protocol, ProtocolClient } from './protocol.js';
import { running, typeIn } from './protocol.js';

/** `gate.GateService`, as clients of GoVerse speak it. */
export const gateService: Protocol = {
  name: 'GateService',
  status: 'code',
  native: false,
  knowsLeaving: true,
  open({ address }, token): ProtocolClient {
    const client = new RawGateClient(address);
    const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    let stream: RawStream<RawAny> | undefined;
    return {
      call(wanted) {
        const { objectId, method = '', argument, timeoutMs, clientId } = wanted;
        const deadline = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
        const call = client.call(typeIn(wanted), objectId, method, {
          request: argumentAny(argument),
          clientId,
          headers,
          deadline,
        });
        const answer = refusing(call).then(({ response }) => valueOfAny(response));
        return running(answer, () => call.cancel());
      },
      create: (wanted) => refusing(client.create(typeIn(wanted), wanted.objectId, { headers })),
      async delete(wanted) {
        await refusing(client.delete(typeIn(wanted), wanted.objectId, { headers }));
      },
      async register() {
        const registration = await refusing(client.register(headers));
        stream = registration.stream;
        return registration.clientId;
      },
      nextPush: async () => readJsonAny(await stream!.next()),
      leave: () => stream?.cancel(),
      close: () => client.close(),
    };
  },
};
