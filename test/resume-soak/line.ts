/** The addresses of a gate. */
export interface GateAddresses {
  readonly grpc: string;
  readonly http: string;
}

/** What a client brings along that was here before; an empty token the first time. */
export interface Return {
  readonly token: string;
  readonly received: number;
}

export interface LineListener {
  /** Once, first. */
  registered(clientId: string, token: string, resumed: boolean): void;
  /** A note of the pusher has come, with its number if the protocol has one. */
  pushed(n: number, pushSeq?: number): void;
  /** The gate ended the stream, or cannot be reached. */
  ended(): void;
}

/** One stream of one client, on a connection of its own. */
export interface Line {
  /** Breaks the connection without a word. */
  cut(): void;
}

export type OpenLine = (gate: GateAddresses, before: Return, listener: LineListener) => Line;
