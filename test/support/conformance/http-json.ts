import { pathOf, problemOf, valueOf } from '../raw-http.js';
import { HttpClient } from './http-client.js';
import type { Protocol, ProtocolClient } from './protocol.js';
import { Refused } from './protocol.js';

const textOf = (value: unknown) => (value === undefined ? undefined : JSON.stringify(value));

/** `/v1` with JSON, pushes as server-sent events. */
export const httpJson: Protocol = {
  name: '/v1 and its events',
  status: 'http',
  native: true,
  knowsLeaving: false,
  open({ http }, token): ProtocolClient {
    const authorization = token === undefined ? undefined : `Bearer ${token}`;
    const client = new HttpClient(http, '/v1/events', authorization, (answer) => {
      const { status, reason, detail } = problemOf(answer);
      return new Refused(detail, status, reason);
    });
    return {
      call(wanted) {
        const { objectId, method = '', type, argument } = wanted;
        return client.start('POST', pathOf(objectId, method, type), textOf(argument), wanted, valueOf);
      },
      async create(wanted) {
        const { objectId, type, argument } = wanted;
        const answer = await client.send('PUT', pathOf(objectId, undefined, type), textOf(argument), wanted);
        return { ...(valueOf(answer) as { id: string }), created: answer.status === 201 };
      },
      async delete(wanted) {
        await client.send('DELETE', pathOf(wanted.objectId, undefined, wanted.type), undefined, wanted);
      },
      register: () => client.register(),
      nextPush: async () => (await client.nextEvent()).data as { type: string; data: unknown },
      leave: () => client.leave(),
      close: () => client.leave(),
    };
  },
};
