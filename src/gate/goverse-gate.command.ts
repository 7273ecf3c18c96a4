#!/usr/bin/env node
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { GoverseError } from '../core/index.js';
import { GoverseGateModule } from './gate.module.js';
import { startGate } from './start-gate.js';

/** A gate needs no code of the application: flags, environment and goverse.yaml say everything. */
@Module({ imports: [GoverseGateModule.forRoot({})] })
class GateCommandModule {}

try {
  await startGate(GateCommandModule);
} catch (error) {
  process.stderr.write(`goverse-gate: ${error instanceof GoverseError ? error.message : String(error)}\n`);
  process.exit(1);
}
