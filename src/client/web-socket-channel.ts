import { GoverseError, goverseError } from '../core/errors.js';
import type { ClientFrame, FrameChannel, FrameListener, ServerFrame } from './frames.js';
import { decodeFrame, encodeFrame } from './json-frames.js';

/** What browsers and the package `ws` have in common. Source: https://websockets.spec.whatwg.org/#the-websocket-interface */
export interface WebSocketLike {
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(text: string): void;
  close(): void;
}

const OPEN = 1;
/** Close code of a gate that stops. */
const GOING_AWAY = 1001;

/** Frames as JSON texts over a WebSocket: `GET /v1/connect` of a gate. */
export class WebSocketChannel implements FrameChannel {
  private socket: WebSocketLike | undefined;

  constructor(
    /** How errors name the gate. */
    private readonly gate: string,
    private readonly connect: () => WebSocketLike,
    private readonly accessToken: string | undefined,
  ) {}

  open(listener: FrameListener): void {
    const socket = (this.socket = this.connect());
    // Browsers do not say what was wrong.
    let trouble = '';
    socket.onopen = () => listener.opened();
    socket.onmessage = ({ data }) => this.take(data, listener);
    socket.onerror = ({ message }) => (trouble = message ?? '');
    socket.onclose = ({ code, reason }) =>
      listener.closed(this.gone(trouble || reason || `close code ${code}`), code === GOING_AWAY);
  }

  send(frame: ClientFrame): boolean {
    if (this.socket?.readyState !== OPEN) return false;
    this.socket.send(encodeFrame(frame, this.accessToken));
    return true;
  }

  close(): void {
    this.socket?.close();
  }

  private take(data: unknown, listener: FrameListener): void {
    const frame = this.read(String(data));
    if (frame instanceof GoverseError) listener.closed(frame);
    else if (frame) listener.received(frame);
  }

  private read(text: string): ServerFrame | GoverseError | undefined {
    try {
      return decodeFrame(text);
    } catch (cause) {
      const said = JSON.stringify(text.slice(0, 80));
      return goverseError('NOT_READY', `What answers at ${this.gate} is no gate: it said ${said}`, { cause });
    }
  }

  private gone(why: string): GoverseError {
    return goverseError('NOT_READY', `The connection to the gate ${this.gate} is gone: ${why}`);
  }
}
