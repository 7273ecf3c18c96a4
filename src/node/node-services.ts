import type { Server, ServerUnaryCall, ServerWritableStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { sendUnaryData } from '@grpc/grpc-js';
import type { NodeConfig } from '../config/index.js';
import type { GateStreams } from '../push/index.js';
import type { AdoptRequest, ReleaseRequest, WireGateIntroduction, WireParkedClient } from '../rpc/index.js';
import { fromWireClient, fromWireIntroduction, toWireAnswer } from '../rpc/index.js';
import { addReflection, assertClusterSecret, goverseServiceDefinition, grpcStatusOf, loadProto } from '../rpc/index.js';
import type { Member } from './member.js';
import { ObjectRequests } from './object-requests.js';

type Unary<Request> = ServerUnaryCall<Request, unknown>;

/** Adds `goverse.Goverse` (and reflection) to a server. Every call must carry the cluster's secret, if there is one. */
export function registerNodeServices(
  server: Server,
  config: NodeConfig,
  gates: GateStreams,
  member: () => Member,
): void {
  const proto = loadProto();
  const requests = new ObjectRequests(member);
  const unary =
    <Request>(answer: (call: Unary<Request>) => unknown) =>
    (call: Unary<Request>, reply: sendUnaryData<unknown>): void => {
      const run = async () => {
        assertClusterSecret(call.metadata, config.clusterSecret);
        return answer(call);
      };
      run().then(
        (response) => reply(null, response),
        (error: unknown) => reply(grpcStatusOf(error)),
      );
    };
  const service: UntypedServiceImplementation = {
    Status: unary(() => statusOf(member())),
    ListObjects: unary(() => objectsOf(member())),
    Describe: unary(() => ({ types: member().objectTypes })),
    CallObject: unary((call: Unary<Parameters<ObjectRequests['call']>[0]>) => requests.call(call.request, call)),
    CreateObject: unary((call: Unary<Parameters<ObjectRequests['create']>[0]>) => requests.create(call.request, call)),
    DeleteObject: unary((call: Unary<Parameters<ObjectRequests['delete']>[0]>) => requests.delete(call.request, call)),
    RegisterGate: (stream: ServerWritableStream<WireGateIntroduction, Buffer>) => {
      try {
        assertClusterSecret(stream.metadata, config.clusterSecret);
        member().assertAlive();
        gates.attach(stream.request.gateAddr, stream, fromWireIntroduction(stream.request));
      } catch (error) {
        stream.emit('error', grpcStatusOf(error));
      }
    },
    LeaveGate: unary(({ request }: Unary<{ gateAddr: string; parked: boolean; announced: boolean }>) => {
      if (request.announced) gates.homes.gateAnnouncesLeaving(request.gateAddr);
      else if (request.parked) gates.homes.gateHasParked(request.gateAddr);
      else gates.leave(request.gateAddr);
      return {};
    }),
    ParkClients: unary((call: Unary<{ clients: WireParkedClient[] }>) => {
      for (const client of call.request.clients) gates.homes.leaveRecord(fromWireClient(client));
      return {};
    }),
    AdoptClient: unary(({ request }: Unary<AdoptRequest>) => toWireAnswer(gates.adopt(request))),
    ReleaseClients: unary(({ request }: Unary<ReleaseRequest>) => {
      gates.homes.release(request.clientIds, request.gateAddr);
      return {};
    }),
    Link: (stream: Parameters<Member['linkServer']['serve']>[0]) => {
      try {
        member().linkServer.serve(stream);
      } catch (error) {
        stream.emit('error', grpcStatusOf(error));
      }
    },
  };
  server.addService(goverseServiceDefinition(proto), service);
  if (config.reflection) addReflection(server, proto.packageDefinition, ['goverse.Goverse']);
}

function statusOf(member: Member): object {
  const { held, moving, epoch } = member.shardTally;
  return {
    advertiseAddr: member.address,
    numObjects: member.catalog.size,
    uptimeSeconds: member.uptimeSeconds,
    state: member.cluster.state,
    shardsHeld: held,
    shardsMoving: moving,
    epoch,
  };
}

function objectsOf(member: Member): object {
  const objects = member.catalog.list();
  return {
    objects: objects.map(({ type, id, creationTime }) => ({ type, id, creationTime: Math.floor(creationTime / 1000) })),
  };
}
