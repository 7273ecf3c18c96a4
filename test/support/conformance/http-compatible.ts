import { decode, encode, readJsonAny } from '../raw-protocol.js';
import type { RawAny } from '../raw-protocol.js';
import { argumentAny, valueOfAny } from './any-value.js';
import { HttpClient } from './http-client.js';
import type { Protocol, ProtocolClient, Wanted } from './protocol.js';
import { Refused, typeIn } from './protocol.js';

const PREFIX = '/api/v1/objects';

const pathOf = (verb: string, wanted: Wanted, ...more: string[]) =>
  [PREFIX, verb, ...[typeIn(wanted), wanted.objectId, ...more].map(encodeURIComponent)].join('/');

const anyIn = (base64: string) => decode('google.protobuf.Any', Buffer.from(base64, 'base64')) as unknown as RawAny;

function requestOf(argument: unknown): string {
  const any = argumentAny(argument);
  return JSON.stringify(any ? { request: encode('google.protobuf.Any', any).toString('base64') } : {});
}

/** `/api/v1` with base64 of an Any, pushes as server-sent events. */
export const httpCompatible: Protocol = {
  name: '/api/v1 and its events',
  status: 'http',
  native: false,
  knowsLeaving: true,
  open({ http }, token): ProtocolClient {
    const authorization = token === undefined ? undefined : `Bearer ${token}`;
    const client = new HttpClient(http, '/api/v1/events/stream', authorization, ({ status, headers, body }) => {
      const { error, code } = JSON.parse(body.toString()) as { error: string; code: string };
      if (!/^[A-Z][A-Z0-9_]+$/.test(code)) throw new Error(`The code is ${code}`);
      return new Refused(error, status, headers['goverse-reason'] as string | undefined);
    });
    return {
      call: (wanted) =>
        client.start(
          'POST',
          pathOf('call', wanted, wanted.method ?? ''),
          requestOf(wanted.argument),
          wanted,
          ({ body }) => valueOfAny(anyIn((JSON.parse(body.toString()) as { response: string }).response)),
        ),
      async create(wanted) {
        const { body } = await client.send('POST', pathOf('create', wanted), undefined, wanted);
        return JSON.parse(body.toString()) as { id: string };
      },
      async delete(wanted) {
        await client.send('POST', pathOf('delete', wanted), undefined, wanted);
      },
      register: () => client.register(),
      async nextPush() {
        const { type, payload } = (await client.nextEvent()).data as { type: string; payload: string };
        const any = anyIn(payload);
        if (any.type_url !== type) throw new Error(`The event says ${type}, the Any ${any.type_url}`);
        return readJsonAny(any);
      },
      leave: () => client.leave(),
      close: () => client.leave(),
    };
  },
};
