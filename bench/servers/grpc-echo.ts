import { Server, type handleUnaryCall } from '@grpc/grpc-js';
import { bindGrpc } from '../../src/rpc/index.js';
import { echoService } from '../echo-service.js';

/** Bare grpc-js: one unary call per message. */
const echo: handleUnaryCall<{ text: string }, { text: string }> = (call, answer) => answer(null, call.request);
const server = new Server();
server.addService(echoService, { Echo: echo });
console.log(`ready ${await bindGrpc(server, '127.0.0.1:0')}`);
