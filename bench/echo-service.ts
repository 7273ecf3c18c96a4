import { join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { BENCH_FOLDER } from './peer-package.js';

export const ECHO_PROTO = join(BENCH_FOLDER, 'echo.proto');

/** `bench.Echo` for grpc-js. */
export const echoService = loadSync(ECHO_PROTO)['bench.Echo'] as ServiceDefinition;
