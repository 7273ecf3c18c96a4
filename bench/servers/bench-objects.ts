import { GoverseObject, Method, PushService, type PushReport } from 'nestjs-goverse';

/** What the benchmark calls. */
@GoverseObject()
export class Echo {
  @Method('Echo')
  echo(value: string): string {
    return value;
  }

  /** Tells drivers which objects live elsewhere. */
  @Method('Pid')
  pid(): number {
    return process.pid;
  }

  @Method('Add')
  add(value: number): number {
    return value + 1;
  }
}

/** Of a class with a singleton dependency; nothing of its own. */
@GoverseObject()
export class Sleeper {
  constructor(readonly push: PushService) {}

  @Method('Ping')
  ping(value: number): number {
    return value;
  }
}

/** Goes soon when nobody calls. */
@GoverseObject({ idleAfterMs: 3_000 })
export class Napper {
  @Method('Ping')
  ping(value: number): number {
    return value;
  }
}

/** Has the time in which a million of them can be made. */
@GoverseObject({ idleAfterMs: 60_000 })
export class Dozer extends Napper {}

/** Pushes to those who have joined. */
@GoverseObject()
export class Room {
  private readonly members: string[] = [];

  constructor(private readonly push: PushService) {}

  @Method('Join')
  join(clientId: string): number {
    return this.members.push(clientId);
  }

  @Method('Say')
  say(text: string): Promise<PushReport> {
    return this.push.pushMessageToClients(this.members, { type: 'Said', data: { text } });
  }
}
