import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { GoverseError } from '../../core/index.js';
import type { FrameCarrier } from '../connect/frame-carrier.js';
import type { ServerFrame } from '../connect/server-frame.js';
import { WriteWindow } from '../write-window.js';
import { jsonFormOf } from './json-form.js';
import type { JsonForm } from './json-form.js';
import { textFrame } from './text-frame.js';
import { jsonPushParts, writeJsonFrame } from './write-json-frame.js';

/** Small frames that leave together are copied into one buffer, which is cheaper than a list of buffers. */
const COPIED_BYTES = 16 * 1024;

/** Source: RFC 6455, 7.4.1. */
const [NORMAL, GOING_AWAY, POLICY_VIOLATION] = [1000, 1001, 1008];

/** Carries frames over a WebSocket, one text message each. */
export class WebSocketCarrier implements FrameCarrier {
  private readonly form: JsonForm;
  private readonly window: WriteWindow;
  /** Something has been heard of the client since the last ping. */
  private heard = true;

  constructor(
    private readonly webSocket: WebSocket,
    /** What the WebSocket writes to. */
    private readonly socket: Duplex,
    onDrain: () => void,
  ) {
    this.window = new WriteWindow(onDrain);
    this.form = jsonFormOf(webSocket.protocol);
  }

  encode(frame: ServerFrame): Uint8Array {
    return 'push' in frame
      ? textFrame(...jsonPushParts(frame.push, this.form))
      : textFrame(writeJsonFrame(frame, this.form));
  }

  send(frames: readonly Uint8Array[]): boolean {
    // What a closing WebSocket is given goes nowhere.
    if (this.webSocket.readyState !== this.webSocket.OPEN) return true;
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    this.put(frames, bytes, () => {
      this.alive();
      this.window.taken(bytes);
    });
    return this.window.handed(bytes);
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

  /** One system call for all of them. Whole messages without compression may go past `ws`, which keeps nothing back. */
  private put(frames: readonly Uint8Array[], bytes: number, done: () => void): void {
    const { socket } = this;
    if (bytes <= COPIED_BYTES) {
      socket.write(frames.length === 1 ? frames[0] : Buffer.concat(frames, bytes), done);
      return;
    }
    const last = frames.length - 1;
    socket.cork();
    frames.forEach((frame, n) => socket.write(frame, n === last ? done : undefined));
    socket.uncork();
  }
}

/** A close frame has room for 123 bytes. */
function closeText({ reason, message }: GoverseError): string {
  const text = `${reason}: ${message}`;
  return text.length <= 123 ? text : reason.slice(0, 123);
}
