/** Pushed to every member: something was said. */
export class ChatMessage {
  constructor(
    readonly room: string,
    readonly userId: string,
    readonly content: string,
    /** ISO 8601, UTC. */
    readonly sentAt: string,
  ) {}
}

/** Pushed to every member: somebody came. */
export class MemberJoined {
  constructor(
    readonly room: string,
    readonly userId: string,
  ) {}
}

/**
 * Pushed to every member: somebody went, or is not connected any more. A client that gets it about its own user has
 * lost the membership to another client, which joined under the same name.
 */
export class MemberLeft {
  constructor(
    readonly room: string,
    readonly userId: string,
  ) {}
}

/** What a client needs to show a room. */
export interface RoomView {
  readonly room: string;
  /** In the order in which they joined. */
  readonly members: string[];
  /** The last messages, oldest first. */
  readonly history: ChatMessage[];
}
