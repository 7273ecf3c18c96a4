import { CallContext, GoverseError, goverseError } from '../../src/core/index.js';
import { GoverseObject, Method } from '../../src/decorators/index.js';
import type { ObjectContext } from '../../src/objects/object-context.js';
import { Door } from './door.js';
import { LocalObjects } from './local-objects.js';

/** What the objects of one test share with it. */
export class World {
  readonly log: string[] = [];
  readonly doors = new Map<string, Door>();

  door(name: string): Door {
    const door = this.doors.get(name) ?? new Door();
    this.doors.set(name, door);
    return door;
  }
}

@GoverseObject({ type: 'Room', mailboxLimit: 3 })
export class Room {
  constructor(
    readonly self: ObjectContext,
    readonly objects: LocalObjects,
    readonly world: World,
  ) {
    world.log.push(`new ${self.id}`);
    if (world.doors.has('constructor-fails')) throw new Error('no room');
  }

  async onActivate(argument?: unknown): Promise<void> {
    this.world.log.push(`activate ${String(argument)}`);
    const door = this.world.doors.get('activate');
    if (door) await door.pass();
    if (this.world.doors.has('activate-fails')) throw new Error('not today');
  }

  async onDeactivate(reason: string): Promise<void> {
    this.world.log.push(`deactivate ${reason}`);
    const door = this.world.doors.get('deactivate');
    if (door) await door.pass();
    if (this.world.doors.has('deactivate-fails')) throw new Error('never');
  }

  @Method()
  async wait(name: string, call: CallContext): Promise<string> {
    this.world.log.push(`+${name}`);
    call.signal.addEventListener('abort', () => this.world.log.push(`abort ${name}`));
    await this.world.door(name).pass();
    this.world.log.push(`-${name}`);
    return name;
  }

  @Method({ readOnly: true })
  async look(name: string): Promise<void> {
    this.world.log.push(`+${name}`);
    await this.world.door(name).pass();
    this.world.log.push(`-${name}`);
  }

  @Method({ interleave: true })
  async peek(name: string): Promise<void> {
    this.world.log.push(`peek ${name}`);
  }

  @Method({ oneWay: true, timeoutMs: 500 })
  async note(name: string, call: CallContext): Promise<string> {
    this.world.log.push(`+${name} ${call.chain.length}`);
    await this.world.door(name).pass();
    if (name === 'bad') throw new Error('lost');
    return 'nobody hears';
  }

  @Method({ internal: true })
  async secret(): Promise<void> {}

  @Method({ timeoutMs: 50 })
  async hurried(): Promise<void> {
    await this.world.door('hurried').pass();
  }

  @Method()
  plain(n: number): number {
    return n + 1;
  }

  @Method()
  fail(): void {
    throw new TypeError('boom');
  }

  @Method()
  async refuse(): Promise<void> {
    throw new GoverseError({ reason: 'ROOM_FULL', code: 'FAILED_PRECONDITION', message: 'full', details: { max: 2 } });
  }

  @Method()
  leaky(): unknown {
    return { nested: { fn: () => 1 } };
  }

  @Method()
  async passesOn(): Promise<void> {
    throw goverseError('NOT_READY', 'a nested call could not be made');
  }

  @Method()
  async soon(): Promise<void> {
    this.self.deactivateSoon();
    this.world.log.push('soon');
  }

  @Method()
  async removeMyself(): Promise<void> {
    await this.objects.delete(this.self.id);
  }

  @Method()
  async who(call: CallContext): Promise<unknown> {
    const { clientId, caller, isFromClient } = call;
    return { clientId, caller, isFromClient, key: this.self.key, ambient: CallContext.current() === call };
  }
}

@GoverseObject('Hall')
export class Hall {}

export const startRooms = (options = {}): { world: World; objects: LocalObjects } => {
  const world = new World();
  return { world, objects: new LocalObjects([Room, Hall], { world, ...options }) };
};

export const reasonOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof GoverseError ? error.reason : String(error)),
  );
