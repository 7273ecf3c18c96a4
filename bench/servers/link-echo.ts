import { GrpcListener, LinkServer, goverseServiceDefinition, loadProto } from '../../src/rpc/index.js';
import type { LinkHandler } from '../../src/rpc/index.js';

/** One Link without objects behind it: what the transport alone can do. */
const handler: LinkHandler = {
  execute: ({ payload }) => Promise.resolve({ payload }),
  pushReport: () => undefined,
};
const maxPayloadBytes = 2 ** 20;
let server: LinkServer | undefined;
const listener = await GrpcListener.start({
  listen: '127.0.0.1:0',
  maxPayloadBytes,
  register: (grpc) => {
    const refuse = () => undefined;
    grpc.addService(goverseServiceDefinition(loadProto()), {
      Link: (stream: Parameters<LinkServer['serve']>[0]) => server?.serve(stream),
      ...Object.fromEntries(
        ['Status', 'ListObjects', 'CallObject', 'CreateObject', 'DeleteObject', 'RegisterGate'].map((name) => [
          name,
          refuse,
        ]),
      ),
    });
  },
});
server = new LinkServer({
  self: { address: listener.address, startId: 'bench', role: 'node' },
  maxPayloadBytes,
  handler,
});
console.log(`ready ${listener.address}`);
