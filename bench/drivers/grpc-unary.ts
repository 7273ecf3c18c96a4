import { credentials, makeClientConstructor, type Client } from '@grpc/grpc-js';
import { closedLoop } from '../closed-loop.js';
import { echoService } from '../echo-service.js';
import type { Driver, DriverConfig } from '../sample.js';
import { isTextOf, textOf } from '../texts.js';

type EchoClient = Client & {
  Echo(message: { text: string }, done: (error: Error | null, answer: { text: string }) => void): void;
};

export function open({ address = '' }: DriverConfig): Promise<Driver> {
  const client = new (makeClientConstructor(echoService, 'Echo'))(
    address,
    credentials.createInsecure(),
  ) as unknown as EchoClient;
  const call = (n: number) =>
    new Promise<string>((resolve, reject) =>
      client.Echo({ text: textOf(n) }, (error, answer) => (error ? reject(error) : resolve(answer.text))),
    );
  return Promise.resolve({
    measure: (round) => closedLoop(round, call, isTextOf),
    close: () => Promise.resolve(client.close()),
  });
}
