import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 304]);

/** A `fetch` that trusts one authority, as users of Node write it who do not set `NODE_EXTRA_CA_CERTS`. */
export function fetchWithCa(ca: string): typeof fetch {
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const { method = 'GET', headers, signal, body } = init;
      const options = { ca, method, headers: Object.fromEntries(new Headers(headers)), signal: signal ?? undefined };
      httpsRequest(new Request(input).url, options, (answer) => {
        const status = answer.statusCode ?? 0;
        const stream = WITHOUT_BODY.has(status) ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
        resolve(new Response(stream, { status, headers: answer.headers as Record<string, string> }));
      })
        .on('error', reject)
        .end(body as string | Uint8Array | undefined);
    });
}
