import { CallContext, GoverseError, GoverseObject, Method, ObjectContext, PushService } from 'nestjs-goverse';
import { MemberArgs, SendMessageArgs } from './chat-arguments.js';
import { ChatMessage, MemberJoined, MemberLeft } from './chat-messages.js';
import type { RoomView } from './chat-messages.js';

/** How much a room remembers. */
const HISTORY_LIMIT = 100;

/** Why a push failed, if that client will not come back under its id. */
const GONE: ReadonlySet<string> = new Set(['CLIENT_NOT_CONNECTED', 'GATE_NOT_CONNECTED', 'INVALID_CLIENT_ID']);

/**
 * One chat room, `ChatRoom-<name>`: who is in it, what was said last. It lives as long as it is used; members renew
 * their membership by joining again, so a room that has moved to another node is complete again after a moment.
 */
@GoverseObject()
export class ChatRoom {
  /** Client id of each user; undefined for one who joined without being registered at a gate, and so gets no pushes. */
  private readonly members = new Map<string, string | undefined>();
  private history: ChatMessage[] = [];
  private lastSentAt = 0;

  constructor(
    private readonly self: ObjectContext,
    private readonly push: PushService,
  ) {}

  /** Lets a user in, or moves the membership to the client that calls. */
  @Method('Join')
  async join({ userId }: MemberArgs, { clientId }: CallContext): Promise<RoomView> {
    const isNew = !this.members.has(userId);
    const before = this.members.get(userId);
    this.members.set(userId, clientId);
    if (isNew) await this.tellMembers(new MemberJoined(this.self.key, userId));
    else if (before !== undefined && before !== clientId)
      await this.tell([before], new MemberLeft(this.self.key, userId));
    return { room: this.self.key, members: this.listMembers(), history: this.listHistory() };
  }

  /** Lets a user go. Nothing happens if there is no such member, or if the membership has moved to another client. */
  @Method('Leave')
  async leave({ userId }: MemberArgs, { clientId }: CallContext): Promise<void> {
    const member = this.members.get(userId);
    if (member !== undefined && clientId !== undefined && member !== clientId) return;
    if (this.members.delete(userId)) await this.tellMembers(new MemberLeft(this.self.key, userId));
  }

  /** Says something to every member. */
  @Method('SendMessage')
  async sendMessage({ userId, content }: SendMessageArgs): Promise<ChatMessage> {
    if (!this.members.has(userId)) throw this.notAMember(userId);
    const message = new ChatMessage(this.self.key, userId, content, this.nextTime());
    this.history = [...this.history, message].slice(-HISTORY_LIMIT);
    await this.tellMembers(message);
    return message;
  }

  /** The users in the room, in the order in which they joined. */
  @Method({ name: 'Members', readOnly: true, idempotent: true })
  listMembers(): string[] {
    return [...this.members.keys()];
  }

  /** The last 100 messages, oldest first. */
  @Method({ name: 'History', readOnly: true, idempotent: true })
  listHistory(): ChatMessage[] {
    return this.history;
  }

  /** Members whose client has gone are forgotten, and the others are told. */
  private async tellMembers(message: ChatMessage | MemberJoined | MemberLeft): Promise<void> {
    const gone = await this.tell(this.connectedClients(), message);
    const left = [...this.members].filter(([, clientId]) => clientId !== undefined && gone.has(clientId));
    for (const [userId] of left) this.members.delete(userId);
    for (const [userId] of left) await this.tellMembers(new MemberLeft(this.self.key, userId));
  }

  /** The clients that did not get it and never will. */
  private async tell(clientIds: string[], message: object): Promise<Set<string>> {
    if (clientIds.length === 0) return new Set();
    const { failed } = await this.push.pushMessageToClients(clientIds, message);
    return new Set(failed.filter(({ reason }) => GONE.has(reason)).map(({ clientId }) => clientId));
  }

  /** No two messages of a room have the same time: clients tell them apart by it. */
  private nextTime(): string {
    this.lastSentAt = Math.max(Date.now(), this.lastSentAt + 1);
    return new Date(this.lastSentAt).toISOString();
  }

  private connectedClients(): string[] {
    return [...this.members.values()].filter((clientId) => clientId !== undefined);
  }

  private notAMember(userId: string): GoverseError {
    return new GoverseError({
      reason: 'NOT_A_MEMBER',
      code: 'FAILED_PRECONDITION',
      message: `${userId} is no member of the room ${this.self.key}; call Join first`,
    });
  }
}
