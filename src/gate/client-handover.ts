import type { Clock, GoverseError } from '../core/index.js';
import type { AdoptAnswer, AdoptRequest, LinkPool, ParkedClient, ParkedPush } from '../rpc/index.js';
import type { ViewSource } from '../cluster/index.js';
import type { TokenClaim } from './client-tokens.js';
import type { GateLogger } from './gate-logger.js';
import { parkRequests } from './park-requests.js';

/** How long one node may take to tell what it knows of a client, and to give it away, milliseconds. */
const ASK_MS = 1_000;
const ANSWER_MS = 2_000;

/**
 * How long the others may take when one has given the record of a client, milliseconds: what a slower one kept comes later,
 * when it hears that the client is here.
 */
const OTHERS_MS = 500;

/** How often, and how long, nodes are asked for a client whose gate seems alive, milliseconds. */
const ASK_AGAIN_MS = 100;
const ASK_FOR_MS = 500;

/** How long if nodes do not answer and no other can tell, milliseconds: a client that is only not found yet keeps its id. */
const ASK_SILENT_MS = 5_000;

/** How long for one whose gate is about to leave it with the nodes, milliseconds. */
const ASK_LEAVING_MS = 10_000;

/** Between two attempts to tell a node that does not answer where a client is, milliseconds. */
const TELL_AGAIN_MS = 1_000;

/** What is known of a client that comes from another gate. */
export interface Arrival {
  /** What its gate left; absent if it could leave nothing. */
  readonly client: ParkedClient | undefined;
  /** What nodes kept for it meanwhile, oldest first. */
  readonly pushes: readonly ParkedPush[];
  /** To be called when the client is here: then the nodes push to it. */
  settle(): void;
}

export interface ClientHandoverParts {
  readonly source: ViewSource;
  readonly pool: LinkPool;
  readonly clock: Clock;
  readonly logger: GateLogger;
  /** This start of the gate. */
  readonly self: { readonly address: string; readonly tag: string };
}

interface Told {
  readonly node: string;
  /** Undefined: it did not answer. */
  readonly answer: AdoptAnswer | undefined;
}

interface Answer extends Told {
  readonly answer: AdoptAnswer;
}

/** How clients get from one gate to another: over the nodes, which push to both (ADR 0017). */
export class ClientHandover {
  private released: string[] = [];
  /** Clients of other gates that are here, or about to be. */
  private readonly here = new Set<string>();
  private readonly arriving = new Set<string>();
  private readonly telling = new Set<Promise<void>>();
  private stopped = false;

  constructor(private readonly parts: ClientHandoverParts) {}

  /**
   * Asks every node for a client of another gate. Undefined: nobody expects it any more, or its gate is alive; then nothing
   * has been changed anywhere.
   */
  async adopt({ clientId, token }: TokenClaim): Promise<Arrival | undefined> {
    const first = await this.decide(clientId, await this.whoGivesIt(clientId));
    if (!first) return undefined;
    this.here.add(clientId);
    this.arriving.add(clientId);
    const others = this.nodes().filter((node) => node !== first.node);
    const timeoutMs = first.answer?.client ? OTHERS_MS : ANSWER_MS;
    const told = [first, ...(await Promise.all(others.map((node) => this.take(node, clientId, timeoutMs))))];
    const pushes = told.flatMap(({ answer }) => answer?.pushes ?? []);
    const records = told.flatMap(({ answer }) => answer?.client ?? []);
    // One that a node kept too long counts under a token the client has not got any more, or not as far.
    const rank = (client: ParkedClient) => (client.token === token ? 1 : 0);
    records.sort((one, other) => rank(other) - rank(one) || other.lastSeq - one.lastSeq);
    return { client: records[0], pushes: inOrder(pushes), settle: () => this.settle(clientId, told) };
  }

  /** Tells the nodes that a client of another gate is not here any more. */
  release(clientId: string): void {
    this.here.delete(clientId);
    this.released.push(clientId);
    if (this.released.length > 1) return;
    setImmediate(() => {
      const clientIds = this.released;
      this.released = [];
      const request = { gateAddr: this.parts.self.address, clientIds };
      void this.toAll((node) => this.parts.pool.link(node).releaseClients(request, ANSWER_MS));
    });
  }

  /** Resolves when every node has heard which clients of other gates are here. */
  async whenSettled(): Promise<void> {
    await Promise.allSettled(this.telling);
  }

  /** Tells one node, one after the other, of clients of other gates that are here. */
  async introduce(node: string, clientIds: readonly string[]): Promise<void> {
    for (const clientId of clientIds) if (!this.arriving.has(clientId)) await this.tell(node, clientId, 0);
  }

  /**
   * Leaves clients with the nodes, a part with each, at the latest within `timeoutMs`. Returns those that no node has
   * taken.
   */
  async park(clients: readonly ParkedClient[], timeoutMs: number): Promise<ParkedClient[]> {
    const nodes = this.lastingNodes();
    const until = this.parts.clock.monotonic() + timeoutMs;
    const { batches, tooLong } = parkRequests(clients);
    const left = batches.map(async (batch, index) => {
      // Another node when one does not answer: each has half of the time.
      for (const half of [0, 1]) {
        const node = nodes[(index + half) % nodes.length];
        if (node !== undefined && (await this.parkAt(node, batch.requests, half === 0 ? until - timeoutMs / 2 : until)))
          return [];
      }
      return batch.clients;
    });
    return [...tooLong, ...(await Promise.all(left)).flat()];
  }

  /** Tells the nodes that this gate is about to leave: other gates that ask for its clients wait, and it is told. */
  async announceLeaving(timeoutMs: number): Promise<void> {
    const { pool, self } = this.parts;
    await this.toAll((node) => pool.link(node).announceLeaving(self.address, timeoutMs));
  }

  /** All clients that nodes were to take are there: from now on other gates may have them. */
  async hasParked(timeoutMs: number): Promise<void> {
    const { pool, self } = this.parts;
    await this.toAll((node) => pool.link(node).gateHasParked(self.address, timeoutMs));
  }

  stop(): void {
    this.stopped = true;
  }

  private async parkAt(node: string, requests: readonly ParkedClient[][], until: number): Promise<boolean> {
    const { pool, clock, logger } = this.parts;
    try {
      for (const clients of requests) {
        const left = until - clock.monotonic();
        if (left <= 0) return false;
        await pool.link(node).parkClients(clients, left);
      }
      return true;
    } catch (error) {
      logger.warn(`The node ${node} did not take over clients of this gate: ${(error as GoverseError).message}`);
      return false;
    }
  }

  /**
   * The nodes that would give the client away, in the order in which they decide: its gate left it, or has gone. A gate that
   * seems alive may have died a moment ago: then the nodes are asked again.
   */
  private async whoGivesIt(clientId: string): Promise<string[]> {
    const { clock } = this.parts;
    const began = clock.monotonic();
    for (;;) {
      const { told, silent } = await this.askAll(clientId);
      const those = (state: string) => told.filter(({ answer }) => answer.state === state).map(({ node }) => node);
      const withRecord = those('record');
      if (withRecord.length > 0) return withRecord;
      const isLeaving = those('leaving').length > 0;
      const isHeld = those('held').length > 0;
      const lost = those('lost').sort();
      if (!isLeaving && !isHeld && (lost.length > 0 || silent === 0)) return lost;
      const askFor = isLeaving ? ASK_LEAVING_MS : isHeld ? ASK_FOR_MS : ASK_SILENT_MS;
      if (clock.monotonic() - began >= askFor) return [];
      await new Promise<void>((resolve) => clock.setTimeout(resolve, ASK_AGAIN_MS));
    }
  }

  /** Of two gates that ask for a client at once only one gets it: the one that is first at the first node. */
  private async decide(clientId: string, nodes: readonly string[]): Promise<Told | undefined> {
    for (const node of nodes) {
      const request = this.request(clientId, {});
      const answer = await this.parts.pool
        .link(node)
        .adoptClient(request, ANSWER_MS)
        .catch(() => undefined);
      if (answer?.state === 'record' || answer?.state === 'lost') return { node, answer };
      if (answer) return undefined;
    }
    // One that has not answered may have given it away.
    if (nodes.length > 0) this.release(clientId);
    return undefined;
  }

  private async take(node: string, clientId: string, timeoutMs: number): Promise<Told> {
    const asked = this.parts.pool.link(node).adoptClient(this.request(clientId, { decided: true }), timeoutMs);
    return { node, answer: await asked.catch(() => undefined) };
  }

  private settle(clientId: string, told: readonly Told[]): void {
    this.arriving.delete(clientId);
    for (const { node, answer } of told) {
      const heard = this.tell(node, clientId, answer?.pushes.length ?? 0).finally(() => this.telling.delete(heard));
      this.telling.add(heard);
    }
  }

  /**
   * Tells one node that a client of another gate is here, until it has heard of it: what it kept beside the first `received`,
   * and what it pushes from then on, comes as pushes do. Ends when the client or the node has gone.
   */
  private async tell(node: string, clientId: string, received: number): Promise<void> {
    const { source, pool, clock } = this.parts;
    const request = this.request(clientId, { settled: true, received });
    while (!this.stopped && this.here.has(clientId) && source.view.nodes.has(node)) {
      const told = pool.link(node).adoptClient(request, ANSWER_MS);
      if (await told.then(() => true, isForever)) return;
      await new Promise<void>((resolve) => clock.setTimeout(resolve, TELL_AGAIN_MS));
    }
  }

  /**
   * What the nodes know, and how many of them did not answer. A gate that left its clients is not there any more: then one
   * answer is enough.
   */
  private async askAll(clientId: string): Promise<{ told: Answer[]; silent: number }> {
    const { pool } = this.parts;
    const request = this.request(clientId, { askOnly: true });
    let silent = 0;
    let left: (told: Answer) => void;
    const withRecord = new Promise<Answer>((resolve) => (left = resolve));
    const all = this.toAll(async (node) => {
      const asked = pool.link(node).adoptClient(request, ASK_MS);
      asked.catch((error: unknown) => (silent += isForever(error) ? 0 : 1));
      const told = { node, answer: await asked };
      if (told.answer.state === 'record') left(told);
      return told;
    });
    const told = await Promise.race([all, withRecord.then((one) => [one])]);
    return { told, silent };
  }

  private request(clientId: string, how: Partial<AdoptRequest>): AdoptRequest {
    const { address: gateAddr, tag: clientTag } = this.parts.self;
    return { clientId, gateAddr, clientTag, askOnly: false, decided: false, settled: false, received: 0, ...how };
  }

  /** The answers of those that answer; a node of another version knows nothing of this. */
  private async toAll<T>(ask: (node: string) => Promise<T>): Promise<T[]> {
    const answers = await Promise.allSettled(this.nodes().map(ask));
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }

  private nodes(): string[] {
    return [...this.parts.source.view.nodes.keys()];
  }

  /** Nodes that will not stop in a moment, if there are any. */
  private lastingNodes(): string[] {
    const serving = [...this.parts.source.view.nodes.values()].filter(({ state }) => state === 'serving');
    return serving.length > 0 ? serving.map(({ address }) => address) : this.nodes();
  }
}

/** Each node's own order is kept: its times never go back. */
function inOrder(pushes: ParkedPush[]): ParkedPush[] {
  return pushes.sort((one, other) => one.at - other.at);
}

/** A node of another version never knows of this. */
function isForever(error: unknown): boolean {
  return (error as GoverseError).code === 'UNIMPLEMENTED';
}
