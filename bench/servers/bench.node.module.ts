import { Module } from '@nestjs/common';
import { GoverseNodeModule } from 'nestjs-goverse';
import { Echo, Room, Sleeper } from './bench-objects.js';

@Module({ imports: [GoverseNodeModule.forRoot()], providers: [Echo, Room, Sleeper] })
export class BenchNodeModule {}
