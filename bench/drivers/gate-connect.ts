import { connect } from 'node:http2';
import { closedLoop } from '../closed-loop.js';
import type { Driver, DriverConfig } from '../sample.js';
import { isTextOf, textOf } from '../texts.js';
import { FrameSplitter, WireReader, WireWriter } from '../../src/rpc/index.js';

const OBJECTS = 64;

/** Of a gRPC message: whether it is compressed, and its length. */
const HEAD_BYTES = 5;

const LONGEST_ANSWER = 64 * 1024;

/** Tags of `goverse.client.ServerFrame`, and of the `Result` in it. */
const [SEQ, RESULT, PAYLOAD] = [8, 26, 10];

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A client of a gate without a library: one `Connect` stream over HTTP/2, calls of one event-loop turn in one write. Frames
 * are written and read by hand, so that the load costs less than what it measures.
 */
export function open({ address = '' }: DriverConfig): Promise<Driver> {
  const session = connect(`http://${address}`, { settings: { initialWindowSize: 8 * 1024 * 1024 } });
  const stream = session.request({
    ':method': 'POST',
    ':path': '/goverse.client.ClientService/Connect',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const waiting = new Map<number, Waiting>();
  const writer = new WireWriter();
  const reader = new WireReader();
  let outgoing: Uint8Array[] = [];
  let last = 0;

  const failed = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  stream.on('error', failed);
  stream.on('trailers', (trailers) => failed(new Error(`The stream ended: ${JSON.stringify(trailers)}`)));
  const splitter = new FrameSplitter(HEAD_BYTES, LONGEST_ANSWER, (frame) => {
    const { seq, payload } = readAnswer(reader, frame);
    const caller = waiting.get(seq);
    waiting.delete(seq);
    if (payload) caller?.resolve(JSON.parse(payload.toString()));
    else caller?.reject(new Error(`No result, but ${frame.toString('hex')}`));
  });
  stream.on('data', (chunk: Buffer) => splitter.take(chunk));
  const send = (): void => {
    stream.write(Buffer.concat(outgoing));
    outgoing = [];
  };
  const call = (n: number) =>
    new Promise<unknown>((resolve, reject) => {
      const seq = ++last;
      waiting.set(seq, { resolve, reject });
      if (outgoing.push(writeCall(writer, seq, n)) === 1) setImmediate(send);
    });
  return Promise.resolve({
    measure: (round) => closedLoop(round, call, isTextOf),
    close: () => Promise.resolve(session.destroy()),
  });
}

/** `{ seq, call: { objectId, method, payload } }` as a message of the stream. */
function writeCall(writer: WireWriter, seq: number, n: number): Buffer {
  writer.reset(HEAD_BYTES).number(1, seq);
  const begin = writer.open(3);
  writer.text(1, `Echo-${n % OBJECTS}`);
  writer.text(2, 'Echo');
  // Bytes and text look the same on the wire.
  writer.text(3, JSON.stringify(textOf(n)));
  writer.close(begin);
  const message = writer.finish();
  message[0] = 0;
  message.writeUInt32BE(message.length - HEAD_BYTES, 1);
  return message;
}

/** Without a payload: something else than the result of a call. */
function readAnswer(reader: WireReader, frame: Buffer): { seq: number; payload?: Buffer } {
  const end = reader.reset(frame);
  let seq = 0;
  let payload: Buffer | undefined;
  while (reader.next(end)) {
    if (reader.tag === SEQ) seq = reader.uint32();
    else if (reader.tag === RESULT) {
      const resultEnd = reader.length();
      while (reader.next(resultEnd)) {
        if (reader.tag === PAYLOAD) payload = reader.view() as Buffer;
        else reader.skip();
      }
    } else reader.skip();
  }
  return payload ? { seq, payload } : { seq };
}
