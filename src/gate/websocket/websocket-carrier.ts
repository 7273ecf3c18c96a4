import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { GoverseError } from '../../core/index.js';
import type { FrameCarrier } from '../connect/frame-carrier.js';
import type { ServerFrame } from '../connect/server-frame.js';
import { jsonFormOf } from './json-form.js';
import type { JsonForm } from './json-form.js';
import { writeJsonFrame } from './write-json-frame.js';

/** Bytes that may be on their way to a client that has not taken them. */
const WINDOW_BYTES = 256 * 1024;

/** Source: RFC 6455, 7.4.1. */
const [NORMAL, GOING_AWAY, POLICY_VIOLATION] = [1000, 1001, 1008];

/** Carries frames over a WebSocket, one text message each. */
export class WebSocketCarrier implements FrameCarrier {
  private readonly form: JsonForm;
  private underWay = 0;
  private waiting = false;
  /** Something has been heard of the client since the last ping. */
  private heard = true;

  constructor(
    private readonly webSocket: WebSocket,
    /** What the WebSocket writes to. */
    private readonly socket: Duplex,
    private readonly onDrain: () => void,
  ) {
    this.form = jsonFormOf(webSocket.protocol);
  }

  encode(frame: ServerFrame): Uint8Array {
    return writeJsonFrame(frame, this.form);
  }

  send(frames: readonly Uint8Array[]): boolean {
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    this.underWay += bytes;
    const last = frames.length - 1;
    // One system call for all of them.
    this.socket.cork();
    frames.forEach((frame, n) => {
      this.webSocket.send(frame, { binary: false }, n === last ? () => this.written(bytes) : undefined);
    });
    this.socket.uncork();
    this.waiting = this.underWay >= WINDOW_BYTES;
    return !this.waiting;
  }

  pause(): void {
    this.webSocket.pause();
  }

  resume(): void {
    this.webSocket.resume();
  }

  end(reason?: GoverseError): void {
    if (reason) this.webSocket.close(GOING_AWAY, closeText(reason));
    else this.webSocket.close(NORMAL);
  }

  cut(reason?: GoverseError): void {
    if (reason) this.webSocket.close(POLICY_VIOLATION, closeText(reason));
    else this.webSocket.terminate();
  }

  /** The client is alive: it sent something, or took something. */
  alive(): void {
    this.heard = true;
  }

  /** Pings a client that has answered, and drops one that has not: half-open connections end by this. */
  heartbeat(): void {
    if (!this.heard) {
      this.webSocket.terminate();
      return;
    }
    this.heard = false;
    if (this.webSocket.readyState === this.webSocket.OPEN) this.webSocket.ping();
  }

  private written(bytes: number): void {
    this.underWay -= bytes;
    this.alive();
    if (!this.waiting || this.underWay >= WINDOW_BYTES / 2) return;
    this.waiting = false;
    this.onDrain();
  }
}

/** A close frame has room for 123 bytes. */
function closeText({ reason, message }: GoverseError): string {
  const text = `${reason}: ${message}`;
  return text.length <= 123 ? text : reason.slice(0, 123);
}
