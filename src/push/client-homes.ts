import type { Clock } from '../core/index.js';
import { clientIdOf, goverseError, parseClientId } from '../core/index.js';
import { DeadlineSweep } from '../rpc/index.js';
import type { AdoptAnswer, AdoptState, GateIntroduction, ParkedClient, ParkedPush } from '../rpc/index.js';
import { PUSH_OVERHEAD_BYTES, ParkedPushes } from './parked-pushes.js';

/** Characters of a client's unique id that name the start of the gate that made it. */
const TAG_LENGTH = 6;

/** How long a gate that leaves may take until it has left its clients with the nodes, milliseconds. */
const LEAVING_MS = 10_000;

/** Bytes of histories that gates may leave at one node. */
const RECORD_BYTES = 256 * 1024 * 1024;

/** One start of a gate. */
interface GateStart {
  readonly address: string;
  readonly tag: string;
}

interface Record {
  readonly client: ParkedClient & { readonly pushes: ParkedPush[] };
  readonly deadline: number;
  readonly bytes: number;
}

/** What a gate has to be told that has registered. */
export interface ArrivedGate {
  /** What waited for its clients, to be sent to it first. */
  readonly waiting: { readonly clientId: string; readonly message: Uint8Array }[];
  /** Clients that it may think to have and that are at another gate now. */
  readonly moved: string[];
}

export interface SettledClient {
  /** Address of the gate that had it as far as this node knows. */
  readonly movedFrom: string | undefined;
  /** What its gate has not got yet. */
  readonly pushes: readonly ParkedPush[];
}

/**
 * Where the clients are that are not at the gate their id names, as this node knows it (ADR 0017): with a gate that has
 * adopted them, or nowhere for the moment, because their gate has gone and they may still come back at another one. Then
 * their pushes wait here.
 */
export class ClientHomes {
  private readonly gates = new Map<string, GateIntroduction>();
  private readonly adopted = new Map<string, GateStart>();
  /** Adopted clients whose gate has not said yet that it has got what was kept: it stays here, and more waits. */
  private readonly unsettled = new Set<string>();
  /** Starts of gates that have gone, and until when their clients may come back; epoch milliseconds. */
  private readonly away = new Map<string, number>();
  /** Starts of gates whose clients are on their way to the nodes, by address. */
  private readonly leaving = new Map<string, { readonly key: string; readonly until: number }>();
  private readonly records = new Map<string, Record>();
  private readonly parked: ParkedPushes;
  private readonly sweep: DeadlineSweep;
  private recordBytes = 0;

  constructor(private readonly clock: Clock) {
    this.parked = new ParkedPushes(clock);
    this.sweep = new DeadlineSweep(clock, (now) => this.forgetOld(now));
  }

  /** A gate has registered. */
  gateArrived(gate: GateIntroduction): ArrivedGate {
    this.gates.set(gate.address, gate);
    this.away.delete(keyOf(gate));
    const moved = this.takeAdopted(gate);
    const own = clientIdOf(gate.address, gate.tag);
    if (gate.tag !== '') for (const id of this.adopted.keys()) if (id.startsWith(own)) moved.push(id);
    const isHere = (id: string) => !this.unsettled.has(id) && keyOf(this.homeStart(id)) === keyOf(gate);
    const here = this.parked.clients().filter(isHere);
    const waiting = here.flatMap((clientId) =>
      this.parked.take(clientId).map(({ message }) => ({ clientId, message })),
    );
    return { waiting, moved };
  }

  /** A gate has gone, or says that it is going: its clients may come back elsewhere for as long as it has said. */
  gateGone(address: string): void {
    const gate = this.gates.get(address);
    this.gates.delete(address);
    if (!gate || gate.windowMs === 0) return;
    const until = this.clock.now() + gate.windowMs;
    this.away.set(keyOf(gate), until);
    this.sweep.add(until);
  }

  /** A gate will leave: it still takes pushes, and nobody may have its clients before it has left them with the nodes. */
  gateAnnouncesLeaving(address: string): void {
    const gate = this.gates.get(address);
    if (gate && gate.windowMs > 0) this.leaving.set(address, { key: keyOf(gate), until: Infinity });
  }

  /** A gate goes, and will leave what it knows of its clients with the nodes: until `gateHasParked` nobody may have them. */
  gateLeaves(address: string): void {
    const gate = this.gates.get(address);
    if (gate && gate.windowMs > 0)
      this.leaving.set(address, { key: keyOf(gate), until: this.clock.monotonic() + LEAVING_MS });
    this.gateGone(address);
  }

  /** A gate that was leaving has left all it had, or has gone. */
  gateHasParked(address: string): void {
    this.leaving.delete(address);
  }

  /** The gate to push to; undefined: the push has to wait here (`park`). */
  gateOf(clientId: string, named: string): string | undefined {
    if (this.away.size === 0 && this.adopted.size === 0) return named;
    if (this.unsettled.has(clientId)) return undefined;
    const start = this.homeStart(clientId);
    return this.away.has(keyOf(start)) ? undefined : start.address;
  }

  /** False: there is no room. */
  park(clientId: string, message: Uint8Array): boolean {
    return this.parked.add(clientId, message);
  }

  /** A gate that goes leaves what it knows of a client, or a part of it. Throws `QUEUE_FULL`, `INVALID_ARGUMENT`. */
  leaveRecord(client: ParkedClient): void {
    const bytes = client.pushes.reduce((sum, { message }) => sum + PUSH_OVERHEAD_BYTES + message.length, 1024);
    if (this.recordBytes + bytes > RECORD_BYTES)
      throw goverseError('QUEUE_FULL', 'This node keeps as many clients for gates that have gone as it may');
    const before = client.part === 0 ? undefined : this.partsOf(client);
    if (!before) this.dropRecord(client.clientId);
    before?.client.pushes.push(...client.pushes);
    const whole = { ...client, pushes: before?.client.pushes ?? [...client.pushes] };
    const deadline = this.clock.now() + client.windowMs;
    this.records.set(client.clientId, { client: whole, deadline, bytes: bytes + (before?.bytes ?? 0) });
    this.recordBytes += bytes;
    this.sweep.add(deadline);
  }

  /** What this node knows of a client that has come to `gate`. */
  stateOf(clientId: string, gate: GateStart): AdoptState {
    const home = this.homeStart(clientId);
    const isLeaving = this.isLeaving(home);
    const isElsewhere = this.isThere(home) && !isLeaving && keyOf(home) !== keyOf(gate);
    if (isElsewhere && this.adopted.has(clientId)) return 'held';
    if (this.records.get(clientId)?.client.more === false) return 'record';
    if (isLeaving) return 'leaving';
    if (this.away.has(keyOf(home))) return 'lost';
    return isElsewhere ? 'held' : 'unknown';
  }

  /** Address of the gate where a client is or was last. */
  addressOf(clientId: string): string {
    return this.homeStart(clientId).address;
  }

  /**
   * A client has come to a gate that is not its own: it is given to that gate, if its own gate has gone or left it. `decided`:
   * another node has said so; then it is there whatever this node knows. What is known of it stays here, and its pushes wait
   * here, until the gate has said that it has got the answer (`settle`).
   */
  adopt(clientId: string, gate: GateStart, decided = false): AdoptAnswer {
    const state = this.stateOf(clientId, gate);
    if (!decided && state !== 'record' && state !== 'lost') return { state, pushes: [] };
    const client = this.records.get(clientId)?.client;
    this.adopted.set(clientId, gate);
    this.unsettled.add(clientId);
    return { state, client: client?.more ? undefined : client, pushes: this.parked.of(clientId) };
  }

  /**
   * The client is at `gate`, which has got so many of the pushes that were kept: from now on they go there. What it has not got
   * is returned; it stays here while that gate is not registered.
   */
  settle(clientId: string, gate: GateStart, received: number): SettledClient {
    const home = this.homeStart(clientId);
    const movedFrom = this.isThere(home) && keyOf(home) !== keyOf(gate) ? home.address : undefined;
    this.adopted.set(clientId, gate);
    this.unsettled.delete(clientId);
    this.dropRecord(clientId);
    this.parked.drop(clientId, received);
    return { movedFrom, pushes: this.isThere(gate) ? this.parked.take(clientId) : [] };
  }

  /** A gate has forgotten clients it had adopted. */
  release(clientIds: readonly string[], gateAddress: string): void {
    for (const id of clientIds) {
      if (this.adopted.get(id)?.address !== gateAddress) continue;
      this.adopted.delete(id);
      // Nobody has got what was kept: another gate may.
      if (!this.unsettled.delete(id)) this.parked.take(id);
    }
  }

  /** Clients that come with a gate, except those that another one has got from this node and still has; those are returned. */
  private takeAdopted(gate: GateIntroduction): string[] {
    const start = { address: gate.address, tag: gate.tag };
    for (const id of gate.adopted) idStart(id);
    const moved = gate.adopted.filter((id) => {
      const adopter = this.adopted.get(id);
      return adopter && keyOf(adopter) !== keyOf(gate) && this.gates.get(adopter.address)?.tag === adopter.tag;
    });
    const elsewhere = new Set(moved);
    for (const id of gate.adopted) if (!elsewhere.has(id)) this.adopted.set(id, start);
    return moved;
  }

  /** What has come of a record of which this is the next part. */
  private partsOf({ clientId, part }: ParkedClient): Record {
    const before = this.records.get(clientId);
    if (before?.client.more && before.client.part + 1 === part) return before;
    throw goverseError('INVALID_ARGUMENT', `Part ${part} of what is left of the client ${clientId} follows nothing`);
  }

  /** A gate that does not tell its tag may have the client. */
  private isThere({ address, tag }: GateStart): boolean {
    const present = this.gates.get(address)?.tag;
    return present === tag || present === '';
  }

  private isLeaving(gate: GateStart): boolean {
    const left = this.leaving.get(gate.address);
    return left?.key === keyOf(gate) && this.clock.monotonic() < left.until;
  }

  private homeStart(clientId: string): GateStart {
    const adopter = this.adopted.get(clientId);
    if (adopter) return adopter;
    return idStart(clientId);
  }

  private dropRecord(clientId: string): void {
    this.recordBytes -= this.records.get(clientId)?.bytes ?? 0;
    this.records.delete(clientId);
  }

  private forgetOld(now: number): number {
    for (const [clientId, { deadline }] of this.records) if (deadline <= now) this.dropRecord(clientId);
    const over = [...this.away].filter(([, until]) => until <= now).map(([key]) => key);
    for (const key of over) this.forgetStart(key);
    const times = [...this.away.values(), ...[...this.records.values()].map(({ deadline }) => deadline)];
    return times.reduce((next, time) => Math.min(next, time), Infinity);
  }

  /** The window of all its clients is over. */
  private forgetStart(key: string): void {
    for (const id of this.parked.clients()) if (keyOf(this.homeStart(id)) === key) this.parked.take(id);
    for (const [id, start] of this.adopted) if (keyOf(start) === key) this.adopted.delete(id);
    for (const [address, left] of this.leaving) if (left.key === key) this.leaving.delete(address);
    this.away.delete(key);
  }
}

/** The gate that made the id. */
function idStart(clientId: string): GateStart {
  const { gateAddress, uniqueId } = parseClientId(clientId);
  return { address: gateAddress, tag: uniqueId.slice(0, TAG_LENGTH) };
}

function keyOf({ address, tag }: GateStart): string {
  return `${address} ${tag}`;
}
