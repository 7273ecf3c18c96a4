import { connect } from 'node:http2';
import protobuf from 'protobufjs';
import { closedLoop } from '../closed-loop.js';
import type { Driver, DriverConfig } from '../sample.js';
import { isTextOf, textOf } from '../texts.js';
import { protoPath } from '../../src/rpc/index.js';

const OBJECTS = 64;

/** Of a gRPC message: whether it is compressed, and its length. */
const HEAD_BYTES = 5;

interface Answer {
  readonly seq: number;
  readonly result?: { readonly payload: Uint8Array };
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A client of a gate without a library: one `Connect` stream over HTTP/2, calls of one event-loop turn in one write, as
 * clients of other languages do it.
 */
export function open({ address = '' }: DriverConfig): Promise<Driver> {
  const root = protobuf.loadSync(protoPath('client.proto'));
  const clientFrame = root.lookupType('goverse.client.ClientFrame');
  const serverFrame = root.lookupType('goverse.client.ServerFrame');
  const session = connect(`http://${address}`, { settings: { initialWindowSize: 8 * 1024 * 1024 } });
  const stream = session.request({
    ':method': 'POST',
    ':path': '/goverse.client.ClientService/Connect',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const waiting = new Map<number, Waiting>();
  let outgoing: Uint8Array[] = [];
  let last = 0;
  let rest: Buffer = Buffer.alloc(0);

  const failed = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  stream.on('error', failed);
  stream.on('trailers', (trailers) => failed(new Error(`The stream ended: ${JSON.stringify(trailers)}`)));
  stream.on('data', (chunk: Buffer) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= HEAD_BYTES) {
      const end = at + HEAD_BYTES + bytes.readUInt32BE(at + 1);
      if (end > bytes.length) break;
      answered(serverFrame.decode(bytes.subarray(at + HEAD_BYTES, end)) as unknown as Answer);
      at = end;
    }
    rest = bytes.subarray(at);
  });
  const answered = (frame: Answer): void => {
    const caller = waiting.get(frame.seq);
    waiting.delete(frame.seq);
    if (frame.result) caller?.resolve(JSON.parse(Buffer.from(frame.result.payload).toString()));
    else caller?.reject(new Error(JSON.stringify(frame)));
  };
  const send = (): void => {
    stream.write(Buffer.concat(outgoing));
    outgoing = [];
  };
  const call = (n: number) =>
    new Promise<unknown>((resolve, reject) => {
      const seq = ++last;
      waiting.set(seq, { resolve, reject });
      const payload = Buffer.from(JSON.stringify(textOf(n)));
      const frame = clientFrame
        .encode({ seq, call: { objectId: `Echo-${n % OBJECTS}`, method: 'Echo', payload } })
        .finish();
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeUInt32BE(frame.length, 1);
      if (outgoing.push(head, frame) === 2) setImmediate(send);
    });
  return Promise.resolve({
    measure: (round) => closedLoop(round, call, isTextOf),
    close: () => Promise.resolve(session.destroy()),
  });
}
