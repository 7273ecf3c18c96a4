import { Inject, Optional } from '@nestjs/common';
import { IsString } from 'class-validator';
import { of } from 'rxjs';
import { CallContext } from '../../../src/core/index.js';
import { GoverseObject, Method } from '../../../src/decorators/index.js';
import { ObjectContext } from '../../../src/objects/index.js';
import { Constructions, Desk, Farewells, Greetings, MISSING, Notebook, PREFIX } from './greeter.providers.js';

export class GreetArgs {
  @IsString()
  name!: string;
}

class Polite {
  @Inject(PREFIX)
  readonly prefix!: string;

  @Method()
  inherited(call: CallContext): string {
    return `${this.prefix} of ${call.objectId}`;
  }
}

@GoverseObject()
export class Greeter extends Polite {
  @Optional()
  @Inject(MISSING)
  readonly maybe: string = 'default';

  constructor(
    readonly self: ObjectContext,
    readonly greetings: Greetings,
    constructions: Constructions,
    @Inject(Farewells) readonly farewells: { wave(name: string): string },
    @Optional() @Inject(MISSING) readonly missing?: string,
  ) {
    super();
    constructions.count('Greeter');
  }

  @Method('Greet')
  async greet(args: GreetArgs): Promise<string> {
    return `${this.greetings.greet(args.name)}, ${this.farewells.wave(this.self.key)}, ${String(this.missing)}, ${this.maybe}`;
  }

  @Method()
  later(): unknown {
    return of(1, 2, 3);
  }
}

@GoverseObject()
export class Clerk {
  constructor(
    readonly self: ObjectContext,
    readonly desk: Desk,
    readonly notebook: Notebook,
    readonly greetings: Greetings,
  ) {}

  @Method()
  describe(): unknown {
    const { desk, notebook, self } = this;
    return {
      desk: desk.number,
      own: notebook.number,
      ofDesk: desk.notebook.number,
      sameContext: notebook.self === self && desk.notebook.self === self && desk.request === self,
      id: notebook.self.id,
      greeting: this.greetings.greet('clerk'),
    };
  }
}
