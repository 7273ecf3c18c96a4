import { RawClient } from '../raw-client.js';
import type { Registration } from '../raw-client.js';
import { readJsonAny } from '../raw-protocol.js';
import { refusing } from './grpc-refusal.js';
import type { Protocol, ProtocolClient } from './protocol.js';
import { running } from './protocol.js';

/** `goverse.client.ClientService`, one unary call a request. */
export const clientService: Protocol = {
  name: 'ClientService',
  status: 'code',
  native: true,
  knowsLeaving: true,
  open({ address }, token): ProtocolClient {
    const client = new RawClient(address);
    const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    let registration: Registration | undefined;
    return {
      call({ objectId, type, method = '', argument, timeoutMs, clientId }) {
        const options = { type, timeoutMs, clientId, headers };
        const call = client.call(objectId, method, argument, options);
        return running(refusing(call), () => call.cancel());
      },
      async create({ objectId, type, argument }) {
        const { object_id: id, created } = await refusing(client.create(objectId, { type, argument, headers }));
        return { id, created };
      },
      async delete({ objectId, type }) {
        await refusing(client.delete(objectId, type, headers));
      },
      async register() {
        registration = await refusing(client.register(headers));
        return registration.clientId;
      },
      nextPush: async () => readJsonAny(await registration!.stream.next()),
      leave: () => registration?.stream.cancel(),
      close: () => client.close(),
    };
  },
};
