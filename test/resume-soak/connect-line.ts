import { readJsonAny } from '../support/raw-protocol.js';
import type { RawAny } from '../support/raw-protocol.js';
import { openGrpcLine } from './grpc-line.js';
import type { OpenLine } from './line.js';

/** Pushes after which their receipt is told. */
const ACK_EVERY = 50;

interface ServerFrame {
  readonly registered?: { readonly client_id: string; readonly token: string; readonly resumed: boolean } | null;
  readonly push?: { readonly push_seq: number | string; readonly message: RawAny } | null;
}

/** `Connect`, with acknowledgements. */
export const openConnectLine: OpenLine = ({ grpc }, { token, received }, listener) => {
  const take = ({ registered, push }: ServerFrame) => {
    if (registered) listener.registered(registered.client_id, registered.token, registered.resumed);
    if (!push) return;
    const pushSeq = Number(push.push_seq);
    listener.pushed((readJsonAny(push.message).data as { n: number }).n, pushSeq);
    if (pushSeq % ACK_EVERY === 0) line.send({ seq: 0, ack: { push_seq: pushSeq } });
  };
  const line = openGrpcLine(grpc, 'Connect', take, () => listener.ended());
  line.send({ seq: 1, register: { resume_token: token, received } });
  return line;
};
