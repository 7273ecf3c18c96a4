import { Inject, Injectable, Optional, Scope, forwardRef } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { ObjectContext } from '../../../src/objects/index.js';

export const PREFIX = Symbol('prefix');
export const MISSING = Symbol('missing');

/** How often each class was constructed, as the test wants to know. */
@Injectable()
export class Constructions {
  readonly counts: Record<string, number> = {};

  count(name: string): number {
    return (this.counts[name] = (this.counts[name] ?? 0) + 1);
  }
}

@Injectable()
export class Greetings {
  @Inject(forwardRef(() => Farewells))
  readonly farewells!: object;

  constructor(@Inject(PREFIX) readonly prefix: string) {}

  greet(name: string): string {
    return `${this.prefix} ${name}`;
  }
}

@Injectable()
export class Farewells {
  constructor(@Inject(forwardRef(() => Greetings)) readonly greetings: Greetings) {}

  wave(name: string): string {
    return `bye ${name}`;
  }
}

@Injectable({ scope: Scope.TRANSIENT })
export class Notebook {
  readonly number: number;

  constructor(
    constructions: Constructions,
    readonly self: ObjectContext,
  ) {
    this.number = constructions.count('Notebook');
  }
}

@Injectable({ scope: Scope.REQUEST })
export class Desk {
  readonly number: number;

  constructor(
    constructions: Constructions,
    @Inject(REQUEST) readonly request: unknown,
    readonly notebook: Notebook,
    @Optional() @Inject(MISSING) readonly missing?: unknown,
  ) {
    this.number = constructions.count('Desk');
  }
}
