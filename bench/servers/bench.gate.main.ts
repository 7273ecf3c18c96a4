import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { GoverseGateModule, startGate } from 'nestjs-goverse';

@Module({ imports: [GoverseGateModule.forRoot()] })
class BenchGateModule {}

await startGate(BenchGateModule);
