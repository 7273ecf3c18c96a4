import { Module } from '@nestjs/common';
import { GoverseNodeModule } from 'nestjs-goverse';
import { Dozer, Echo, Napper, Room, Sleeper } from './bench-objects.js';

@Module({ imports: [GoverseNodeModule.forRoot()], providers: [Dozer, Echo, Napper, Room, Sleeper] })
export class BenchNodeModule {}
