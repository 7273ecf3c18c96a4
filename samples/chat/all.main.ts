import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { GoverseNodeModule, startGate, startNode } from 'nestjs-goverse';
import { ChatRoom } from './chat-room.js';
import { ChatGateModule } from './chat.gate.module.js';

/** The node of a cluster on one machine that has nothing else: it brings its own etcd, unless it is given one. */
@Module({ imports: [GoverseNodeModule.forRoot({ etcd: 'embedded' })], providers: [ChatRoom] })
class SingleNodeModule {}

const roles = ['node', 'gate'] as const;
const argv = process.argv.slice(2);
const { embeddedEtcd } = await startNode(SingleNodeModule, { roles, argv });
const joinIt = embeddedEtcd === undefined ? [] : ['--gate-etcd', embeddedEtcd];
const { httpAddress } = await startGate(ChatGateModule, { roles, argv: [...argv, ...joinIt] });

process.stdout.write(`\nThe chat is at http://${httpAddress}/\n`);
