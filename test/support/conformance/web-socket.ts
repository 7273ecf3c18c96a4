import { anyOf } from '../raw-protocol.js';
import { RawWebSocket, WebSocketRefusal } from '../raw-websocket.js';
import type { JsonFrame } from '../raw-websocket.js';
import type { AnsweredFrame } from './frame-client.js';
import { FrameClient } from './frame-client.js';
import type { Protocol } from './protocol.js';
import { Refused } from './protocol.js';

interface Answers {
  readonly registered?: { readonly clientId: string };
  readonly result?: { readonly payload?: string; readonly objectId?: string; readonly created?: boolean };
  readonly error?: AnsweredFrame['error'];
  readonly push?: { readonly message: { readonly type: string; readonly json: string } };
}

/** `GET /v1/connect`: the frames of `Connect` as JSON over a WebSocket. */
export const webSocket: Protocol = {
  name: 'WebSocket',
  status: 'code',
  native: true,
  knowsLeaving: true,
  open({ http }, token) {
    return new FrameClient(async (client) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const socket = await openSocket(`ws://${http}/v1/connect`, headers);
      void readAll(socket, client);
      return { send: (frame) => socket.send(jsonOf(frame)), close: () => socket.socket.close() };
    });
  },
};

/** A refusal before the upgrade is a problem document; its code is that of a frame. */
async function openSocket(url: string, headers: object): Promise<RawWebSocket> {
  try {
    return await RawWebSocket.open(url, [], { headers });
  } catch (error) {
    if (!(error instanceof WebSocketRefusal)) throw error;
    const { detail, code, reason } = error.problem as { detail: string; code: string; reason: string };
    throw new Refused(detail, code, reason);
  }
}

async function readAll(socket: RawWebSocket, client: FrameClient): Promise<void> {
  try {
    for (;;) client.take(answered(await socket.next()));
  } catch (error) {
    client.end(error as Error);
  }
}

function answered(frame: JsonFrame): AnsweredFrame {
  const { registered, result, error, push } = frame as Answers;
  const payload = Buffer.from(result?.payload ?? '', 'base64');
  return {
    seq: frame.seq,
    clientId: registered?.clientId,
    result: result && { payload, objectId: result.objectId ?? '', created: result.created ?? false },
    error,
    push:
      push && anyOf('goverse.JsonMessage', { type: push.message.type, json: Buffer.from(push.message.json, 'base64') }),
  };
}

/** Bytes are base64 in the JSON of proto3. */
function jsonOf(frame: object): object {
  return JSON.parse(
    JSON.stringify(frame, (_name, value: unknown) => {
      const isBytes = (value as { type?: unknown } | null)?.type === 'Buffer';
      return isBytes ? Buffer.from((value as { data: number[] }).data).toString('base64') : value;
    }),
  ) as object;
}
