import { status } from '@grpc/grpc-js';
import type { RawAny } from '../raw-protocol.js';
import { readJsonAny } from '../raw-protocol.js';
import type { ProtocolClient, Wanted } from './protocol.js';
import { Refused, running } from './protocol.js';

/** A `ServerFrame`, whatever carried it. */
export interface AnsweredFrame {
  readonly seq: number;
  readonly clientId?: string | undefined;
  readonly result?: { readonly payload: Buffer; readonly objectId: string; readonly created: boolean } | undefined;
  readonly error?: { readonly reason: string; readonly code: number; readonly message: string } | undefined;
  readonly push?: RawAny | undefined;
}

/** What carries frames: names of fields as in proto/client.proto, payloads as bytes. */
export interface FrameCarrier {
  send(frame: Record<string, unknown>): void;
  close(): void;
}

interface Waiting {
  resolve(frame: AnsweredFrame): void;
  reject(error: Error): void;
}

/** A client on one stream of frames: it gives each request a number and knows its answer by it. */
export class FrameClient implements ProtocolClient {
  private readonly waiting = new Map<number, Waiting>();
  private readonly pushes: RawAny[] = [];
  private readonly pushWaiters: ((any: RawAny) => void)[] = [];
  private lastSeq = 0;
  private ended: Error | undefined;

  /** @param open opens the stream; frames and its end are told to this client */
  constructor(private readonly open: (client: FrameClient) => Promise<FrameCarrier>) {}

  private carrier: Promise<FrameCarrier> | undefined;

  take(frame: AnsweredFrame): void {
    if (frame.push) {
      const waiter = this.pushWaiters.shift();
      if (waiter) waiter(frame.push);
      else this.pushes.push(frame.push);
      return;
    }
    const waiting = this.waiting.get(frame.seq);
    this.waiting.delete(frame.seq);
    if (!frame.error) waiting?.resolve(frame);
    else waiting?.reject(new Refused(frame.error.message, status[frame.error.code] as string, frame.error.reason));
  }

  end(error: Error): void {
    this.ended ??= error;
    for (const waiting of this.waiting.values()) waiting.reject(error);
    this.waiting.clear();
  }

  call({ objectId, type, method = '', argument, timeoutMs, clientId }: Wanted) {
    const payload = bytesOf(argument);
    const call = { object_id: objectId, type, method, payload, timeout_ms: timeoutMs, client_id: clientId };
    const { seq, answer } = this.request({ call });
    const value = answer.then(({ result }) => {
      const { payload: bytes } = result!;
      return bytes.length === 0 ? undefined : (JSON.parse(bytes.toString()) as unknown);
    });
    return running(value, () => void this.carrier!.then((carrier) => carrier.send({ seq, cancel: {} })));
  }

  async create({ objectId, type, argument }: Wanted) {
    const { result } = await this.request({ create: { object_id: objectId, type, payload: bytesOf(argument) } }).answer;
    return { id: result!.objectId, created: result!.created };
  }

  async delete({ objectId, type }: Wanted) {
    await this.request({ delete: { object_id: objectId, type } }).answer;
  }

  async register(): Promise<string> {
    const { clientId } = await this.request({ register: {} }).answer;
    return clientId!;
  }

  async nextPush() {
    const any = this.pushes.shift() ?? (await new Promise<RawAny>((resolve) => this.pushWaiters.push(resolve)));
    return readJsonAny(any);
  }

  leave(): void {
    this.close();
  }

  close(): void {
    void this.carrier?.then(
      (carrier) => carrier.close(),
      () => undefined,
    );
  }

  private request(frame: Record<string, unknown>): { seq: number; answer: Promise<AnsweredFrame> } {
    const seq = ++this.lastSeq;
    const answer = new Promise<AnsweredFrame>((resolve, reject) => {
      if (this.ended) return reject(this.ended);
      this.waiting.set(seq, { resolve, reject });
      this.carrier ??= this.open(this);
      this.carrier.then(
        (carrier) => carrier.send({ seq, ...frame }),
        (error: Error) => this.end(error),
      );
    });
    return { seq, answer };
  }
}

function bytesOf(argument: unknown): Buffer {
  return argument === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(argument));
}
