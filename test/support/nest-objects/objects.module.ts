import { Global, Module } from '@nestjs/common';
import { objectContextProvider, ObjectContext } from '../../../src/objects/index.js';
import { Clerk, Greeter } from './greeter.object.js';
import { Constructions, Desk, Farewells, Greetings, Notebook, PREFIX } from './greeter.providers.js';
import { Plain, Trace, Vault } from './guarded.object.js';

/** Stands for what the node's global module gives to objects. */
@Global()
@Module({ providers: [objectContextProvider], exports: [ObjectContext] })
export class ObjectContextModule {}

@Global()
@Module({ providers: [Constructions, Trace], exports: [Constructions, Trace] })
export class SharedModule {}

@Module({
  providers: [
    Greeter,
    Clerk,
    Greetings,
    Farewells,
    Notebook,
    Desk,
    { provide: PREFIX, useFactory: async () => 'hello' },
  ],
})
export class GreeterModule {}

@Module({ providers: [Vault, Plain] })
export class VaultModule {}
