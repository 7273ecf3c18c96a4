import { credentials, makeClientConstructor, type Client } from '@grpc/grpc-js';
import { closedLoop } from '../closed-loop.js';
import type { Driver, DriverConfig } from '../sample.js';
import { isTextOf, textOf } from '../texts.js';
import { loadProto } from '../../src/rpc/index.js';

const OBJECTS = 64;

interface Call {
  readonly objectId: string;
  readonly method: string;
  readonly payload: Buffer;
}

type GateClient = Client & {
  CallObject(call: Call, done: (error: Error | null, answer: { payload: Buffer }) => void): void;
};

/** A client of a gate without a library: one unary call per object call. */
export function open({ address = '' }: DriverConfig): Promise<Driver> {
  const client = new (makeClientConstructor(loadProto().client, 'ClientService'))(
    address,
    credentials.createInsecure(),
  ) as unknown as GateClient;
  const call = (n: number) =>
    new Promise<unknown>((resolve, reject) =>
      client.CallObject(
        { objectId: `Echo-${n % OBJECTS}`, method: 'Echo', payload: Buffer.from(JSON.stringify(textOf(n))) },
        (error, answer) => (error ? reject(error) : resolve(JSON.parse(answer.payload.toString()))),
      ),
    );
  return Promise.resolve({
    measure: (round) => closedLoop(round, call, isTextOf),
    close: () => Promise.resolve(client.close()),
  });
}
