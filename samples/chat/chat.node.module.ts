import { Module } from '@nestjs/common';
import { GoverseNodeModule } from 'nestjs-goverse';
import { ChatRoom } from './chat-room.js';

/** A node that hosts chat rooms. Addresses and etcd come from flags, environment or `goverse.yaml`. */
@Module({ imports: [GoverseNodeModule.forRoot({})], providers: [ChatRoom] })
export class ChatNodeModule {}
