import 'reflect-metadata';
import { startNode } from 'nestjs-goverse';
import { ChatNodeModule } from './chat.node.module.js';

await startNode(ChatNodeModule);
