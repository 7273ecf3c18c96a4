import { ClientProxyFactory, Transport, type ClientGrpcProxy } from '@nestjs/microservices';
import { lastValueFrom, type Observable } from 'rxjs';
import { closedLoop } from '../closed-loop.js';
import { ECHO_PROTO } from '../echo-service.js';
import type { Driver, DriverConfig } from '../sample.js';
import { isTextOf, textOf } from '../texts.js';

interface EchoService {
  echo(message: { text: string }): Observable<{ text: string }>;
}

/** NestJS on both sides, as its documentation shows it. */
export function open({ address = '' }: DriverConfig): Promise<Driver> {
  const client = ClientProxyFactory.create({
    transport: Transport.GRPC,
    options: { package: 'bench', protoPath: ECHO_PROTO, url: address },
  }) as ClientGrpcProxy;
  const echo = client.getService<EchoService>('Echo');
  return Promise.resolve({
    measure: (round) =>
      closedLoop(round, async (n) => (await lastValueFrom(echo.echo({ text: textOf(n) }))).text, isTextOf),
    close: () => Promise.resolve(client.close()),
  });
}
