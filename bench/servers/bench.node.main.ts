import 'reflect-metadata';
import { startNode } from 'nestjs-goverse';
import { BenchNodeModule } from './bench.node.module.js';

await startNode(BenchNodeModule);
