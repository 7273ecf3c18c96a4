import { peerPackage } from './peer-package.js';

/** The part of Moleculer 0.14 that is measured. */
export interface ServiceBroker {
  createService(schema: object): unknown;
  start(): Promise<void>;
  stop(): Promise<void>;
  call(action: string, params: object): Promise<unknown>;
  waitForServices(names: string[], timeoutMs?: number): Promise<unknown>;
}

const { ServiceBroker: Broker } = peerPackage<{ ServiceBroker: new (options: object) => ServiceBroker }>('moleculer');

/** A broker without logs; `transporter` absent: on its own. */
export function moleculerBroker(nodeID: string, transporter?: object): ServiceBroker {
  return new Broker({ nodeID, logger: false, requestTimeout: 20_000, ...(transporter && { transporter }) });
}

/** A TCP transporter that listens on `port` and finds the others by their addresses. */
export function tcpTransporter(port: number, urls: readonly string[]): object {
  return { type: 'TCP', options: { udpDiscovery: false, port, urls: [...urls] } };
}

export const ECHO_SCHEMA = {
  name: 'echo',
  actions: { echo: ({ params }: { params: { value: unknown } }) => params.value },
};
