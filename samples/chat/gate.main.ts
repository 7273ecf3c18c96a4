import 'reflect-metadata';
import { startGate } from 'nestjs-goverse';
import { ChatGateModule } from './chat.gate.module.js';

await startGate(ChatGateModule);
