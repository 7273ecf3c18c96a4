import type { ConnectionChange, GoverseClient } from 'nestjs-goverse/client';
import { GoverseError } from 'nestjs-goverse/client';
import type { ChatMessage, MemberJoined, MemberLeft, RoomView } from './chat-messages.js';

/** How often a member says that it is still there; a room that moved to another node learns of it within this time. */
const RENEWAL_MS = 15_000;

/** Messages that are recognised when they come again; a room tells at most 100 old ones. */
const REMEMBERED = 300;

/** Told of what happens in the room, in order. */
export interface RoomListener {
  message(message: ChatMessage): void;
  joined(userId: string): void;
  left(userId: string): void;
  /** The membership has gone to another client of the same user. */
  lost(): void;
  connection(change: ConnectionChange): void;
  /** A membership could not be renewed; it is tried again. */
  failed(error: unknown): void;
}

/**
 * A client's membership of one room: joins again after every reconnection and from time to time, and reports each
 * message once, also those said while the connection was away.
 */
export class RoomMembership {
  private readonly objectId: string;
  private readonly subscriptions: (() => void)[] = [];
  private renewal: NodeJS.Timeout | undefined;
  private readonly reported = new Set<string>();
  private isMember = false;

  constructor(
    private readonly client: GoverseClient,
    private readonly room: string,
    private readonly userId: string,
    private readonly listener: RoomListener,
  ) {
    this.objectId = `ChatRoom-${room}`;
  }

  /** Resolves with who is there; the history has been reported then. */
  async join(): Promise<string[]> {
    if (this.subscriptions.length === 0) this.subscribe();
    const view = await this.client.callObject<RoomView>(this.objectId, 'Join', { userId: this.userId });
    this.isMember = true;
    for (const message of view.history) this.report(message);
    this.scheduleRenewal();
    return view.members;
  }

  /** Says something; a room that does not know this member, or not any more, is joined first. */
  async say(content: string): Promise<void> {
    if (!this.isMember) await this.join();
    const send = () => this.client.callObject(this.objectId, 'SendMessage', { userId: this.userId, content });
    try {
      await send();
    } catch (error) {
      if (!(error instanceof GoverseError) || error.reason !== 'NOT_A_MEMBER') throw error;
      await this.join();
      await send();
    }
  }

  members(): Promise<string[]> {
    return this.client.callObject<string[]>(this.objectId, 'Members');
  }

  history(): Promise<ChatMessage[]> {
    return this.client.callObject<ChatMessage[]>(this.objectId, 'History');
  }

  /** Leaves the room, if the gate can still be reached within two seconds. */
  async leave(): Promise<void> {
    clearTimeout(this.renewal);
    for (const unsubscribe of this.subscriptions.splice(0)) unsubscribe();
    if (!this.isMember) return;
    this.isMember = false;
    await this.client.callObject(this.objectId, 'Leave', { userId: this.userId }, { timeoutMs: 2_000 });
  }

  private subscribe(): void {
    const { client, listener, room } = this;
    this.subscriptions.push(
      client.on<ChatMessage>('ChatMessage', (message) => message.room === room && this.report(message)),
      client.on<MemberJoined>('MemberJoined', ({ room: where, userId }) => where === room && listener.joined(userId)),
      client.on<MemberLeft>('MemberLeft', (push) => push.room === room && this.memberLeft(push.userId)),
      client.onState((change) => this.connectionChanged(change)),
    );
  }

  private memberLeft(userId: string): void {
    if (userId !== this.userId) return this.listener.left(userId);
    this.isMember = false;
    clearTimeout(this.renewal);
    this.listener.lost();
  }

  private connectionChanged(change: ConnectionChange): void {
    this.listener.connection(change);
    // A client that is resumed is still a member.
    if (change.state === 'connected' && !change.resumed && this.isMember) void this.renew();
  }

  private scheduleRenewal(): void {
    clearTimeout(this.renewal);
    this.renewal = setTimeout(() => void this.renew(), RENEWAL_MS).unref();
  }

  private async renew(): Promise<void> {
    try {
      await this.join();
    } catch (error) {
      if (!this.isMember) return;
      this.listener.failed(error);
      this.scheduleRenewal();
    }
  }

  /** A message comes by push, in the history, or both ways in either order. */
  private report(message: ChatMessage): void {
    const key = JSON.stringify([message.sentAt, message.userId]);
    if (this.reported.has(key)) return;
    this.reported.add(key);
    for (const oldest of this.reported) {
      if (this.reported.size <= REMEMBERED) break;
      this.reported.delete(oldest);
    }
    this.listener.message(message);
  }
}
