import 'reflect-metadata';
import { createServer, type AddressInfo } from 'node:net';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { ECHO_PROTO } from '../echo-service.js';

/** A NestJS gRPC microservice as its documentation shows one. */
@Controller()
class EchoController {
  @GrpcMethod('Echo', 'Echo')
  echo(message: { text: string }): { text: string } {
    return message;
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

const port = await freePort();
const app = await NestFactory.createMicroservice<MicroserviceOptions>(EchoModule, {
  transport: Transport.GRPC,
  options: { package: 'bench', protoPath: ECHO_PROTO, url: `127.0.0.1:${port}` },
  logger: false,
});
await app.listen();
console.log(`ready 127.0.0.1:${port}`);

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const holder = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = holder.address() as AddressInfo;
      holder.close(() => resolve(free));
    });
  });
}
