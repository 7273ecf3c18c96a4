import { Module } from '@nestjs/common';
import { GoverseNodeModule } from 'nestjs-goverse';
import { Echo, Napper, Room, Sleeper } from './bench-objects.js';

@Module({ imports: [GoverseNodeModule.forRoot()], providers: [Echo, Napper, Room, Sleeper] })
export class BenchNodeModule {}
